// Who looks after which customers: how much each agent takes, sharing out, substitutes, handing over.
import { attempt, get, post } from "./api.js";
import { $, count, day, isoOf, list, report, tableRow, tableRows } from "./dom.js";

let names = new Map();

export async function drawOwners() {
  const [{ agents }, owners] = await Promise.all([get("/api/agents"), get("/api/owners")]);
  names = new Map(agents.map((one) => [one.agent_id, one.name]));
  for (const select of document.querySelectorAll("select[data-agents]")) {
    list(select, agents, (one) => new Option(`${one.name} (${one.agent_id})`, one.agent_id));
    if (select.dataset.agents) select.prepend(new Option(select.dataset.agents, "", true, true)); // where none is an answer too
  }
  draw(owners);
}

const nameOf = (id) => names.get(id) ?? id;

function draw({ abilities, loads, absences }) {
  const ids = [...new Set([...names.keys(), ...Object.keys(abilities), ...Object.keys(loads)])].sort();
  if (!ids.length) return tableRows($("#owner-rows"), [], () => [], "There are no agents.");
  list($("#owner-rows"), ids, (id) => {
    const away = absences.filter((one) => one.agent_id === id)
      .map(absence);
    const row = tableRow([nameOf(id), abilities[id] || "takes none", loads[id] ?? 0, away.length ? place(away) : ""]);
    for (const at of [1, 2]) row.children[at].className = "figure";
    return row;
  });
}

function place(items) {
  const box = document.createElement("div");
  box.append(...items);
  return box;
}

function absence(one) {
  const item = document.createElement("p");
  const button = document.createElement("button");
  const begun = Date.parse(one.from_at) <= Date.now();
  button.type = "button";
  button.className = "quiet";
  button.textContent = begun ? "End" : "Take back";
  button.setAttribute("aria-label", `${button.textContent} the absence of ${nameOf(one.agent_id)}`);
  button.onclick = () => attempt(button, async () => {
    draw(await post("/api/owners/absence/end", { agent_id: one.agent_id, from_at: one.from_at }));
  });
  item.append(`${day(one.from_at)} to ${day(one.until_at)}: ${nameOf(one.substitute_id)} stands in `, button);
  return item;
}

function send(form, path, body) {
  $(form).addEventListener("submit", (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.target));
    attempt(event.submitter, async () => {
      draw(await post(`/api/owners/${path}`, body(given)));
      event.target.reset();
    });
  });
}

send("#ability-form", "ability", ({ agent_id, ability }) => ({ agent_id, ability: Number(ability) }));
send("#absence-form", "absence", (given) => ({ ...given, from_at: isoOf(given.from_at), until_at: isoOf(given.until_at) }));

async function shared(path, body, words) {
  const told = await post(`/api/owners/${path}`, body);
  draw(await get("/api/owners"));
  report(`${count(told.shared, "customer")} ${told.shared === 1 ? "has" : "have"} ${words}.`);
}

$("#share-out").addEventListener("click", (event) => {
  if (!confirm("Give an owner to every customer who has none, by the abilities below?")) return;
  attempt(event.currentTarget, () => shared("share-out", {}, "an owner now"));
});

$("#hand-over-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const { agent_id } = Object.fromEntries(new FormData(event.target));
  if (!confirm(`Give all customers of ${nameOf(agent_id)} to the others for good?`)) return;
  attempt(event.submitter, () => shared("hand-over", { agent_id }, "another owner now"));
});
