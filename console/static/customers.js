// The page about people: finding them. One person's file is in person.js, do-not-call lists in suppression.js, owners in owners.js.
import { attempt, followCounters, get, post } from "./api.js";
import { $, list, report } from "./dom.js";
import { drawOwners } from "./owners.js";
import { open } from "./person.js";
import { drawSuppressions } from "./suppression.js";

$("#find-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const asked = ["ref", "number", "name"].map((name) => [name, event.target.elements[name].value.trim()]).filter(([, value]) => value);
  drawFound({ customers: [], more: 0 }, ""); // of whoever was asked for before
  if (!asked.length) return drawFound({ customers: [], more: 0 }, "Give a reference, a number or a piece of a name.");
  return attempt(event.submitter, async () => drawFound(await get(`/api/customers?${new URLSearchParams(asked)}`),
    `Nobody has this ${asked.map(([name]) => ({ ref: "reference" })[name] ?? name).join(" or ")}.`));
});

const COUNTED = 1000; // nobody looks how many there are beyond so many

function drawFound({ customers, more }, none) {
  $("#found-none").textContent = customers.length ? "" : none;
  $("#found-none").hidden = false;
  $("#found-more").hidden = more === 0;
  $("#found-more").textContent = `${more}${customers.length + more >= COUNTED ? " or more" : ""} ${more === 1 ? "other" : "others"}: give more of the name.`;
  list($("#found"), customers, (one) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const ref = document.createElement("span");
    button.type = "button";
    button.className = "row-link";
    ref.className = "dim";
    ref.textContent = one.ref;
    button.append(one.name || "No name", ref);
    button.onclick = () => { location.hash = `customer=${one.id}`; };
    item.append(button);
    return item;
  });
  if (customers.length === 1) location.hash = `customer=${customers[0].id}`;
}

// That two share a number is asked only where somebody has it, and of that number alone.
function askWhetherShared(asked) {
  $("#add-shared").hidden = !asked;
  if (!asked) $("#add-form").elements.allow_shared.checked = false;
}

$("#add-form").elements.number.addEventListener("input", () => askWhetherShared(false));

$("#add-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  attempt(event.submitter, async () => {
    const given = Object.fromEntries(new FormData(form));
    try {
      const allow_shared = form.elements.allow_shared.checked;
      const { customer } = await post("/api/customers", { ...given, allow_shared });
      form.reset();
      askWhetherShared(false);
      report(`${customer.name} is in the book as ${customer.ref}.`);
      location.hash = `customer=${customer.id}`;
    } catch (problem) {
      if (problem.kind === "known-customer") {
        askWhetherShared(true);
        drawFound(await get(`/api/customers?${new URLSearchParams({ number: given.number })}`), "");
      }
      throw problem;
    }
  });
});

async function followHash() {
  const id = Number(new URLSearchParams(location.hash.slice(1)).get("customer")) || null;
  await attempt(null, () => open(id));
}

window.addEventListener("hashchange", followHash);
await attempt(null, () => Promise.all([drawOwners(), drawSuppressions()]));
await followHash();
followCounters("/api/events");
