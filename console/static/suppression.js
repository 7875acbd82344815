// Do-not-call lists: how they stand, numbers put on them, asked about, and taken off; new lists.
import { attempt, call, get, post } from "./api.js";
import { $, count, day, list, report, tableRow, tableRows, words } from "./dom.js";

const OPT_OUT_ID = Number($("#barred-by").dataset.optOut); // whoever asked never to be called again stays on this list

let campaigns = new Map();

export async function drawSuppressions() {
  const [{ lists }, told] = await Promise.all([get("/api/suppressions"), get("/api/campaigns")]);
  campaigns = new Map(told.campaigns.map((one) => [one.id, one.name]));
  list($("#suppression-lists"), lists, (one) => {
    const row = tableRow([one.name, words(one.kind), scope(one), one.whole_person ? "The whole person" : "Just the number", one.size]);
    row.lastElementChild.className = "figure";
    return row;
  });
  const before = $("#suppress-list").value;
  list($("#suppress-list"), lists, (one) => new Option(one.name, one.id));
  if (lists.some((one) => String(one.id) === before)) $("#suppress-list").value = before;
  const scopes = $("#new-list-scope");
  for (const old of scopes.querySelectorAll("[value^=campaign]")) old.remove();
  scopes.append(...[...campaigns].map(([id, name]) => new Option(`campaign ${name}`, `campaign:${id}`)));
}

function scope({ purpose, campaign_id }) {
  const parts = [purpose && `${words(purpose)} calls`, campaign_id && (campaigns.get(campaign_id) ?? `Campaign ${campaign_id}`)];
  return parts.filter(Boolean).join(", ") || "Everything";
}

$("#check-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const number = event.target.elements.number.value.trim();
  $("#barred").hidden = true; // what it says is about the number before
  attempt(event.submitter, () => look(number));
});

// The lists bar calls, not numbers: for another number of whoever has it, and for some purposes or campaigns only.
async function look(number) {
  drawBarred(await get(`/api/suppressions/check?number=${encodeURIComponent(number)}`));
}

function drawBarred({ number, entries, calls }) {
  const barred = calls.filter((one) => one.barred);
  const headline = $("#barred-words");
  headline.textContent = `${number}: ${barred.length === 0 ? "no call is barred" : barred.length === calls.length ? "every call is barred" : "some calls are barred"}`;
  headline.dataset.tone = barred.length ? "bad" : "good";
  list($("#barred-calls"), barred.length === calls.length ? [] : barred, (one) => {
    const item = document.createElement("li");
    const what = one.campaign_id ? `Calls of ${one.campaign}` : `${words(one.purpose)} calls`;
    item.textContent = `${what}: barred by ${one.by.join(", ")}`;
    return item;
  });
  list($("#barred-by"), entries, (one) => entry(number, one));
  $("#barred").hidden = false;
  headline.focus();
}

function entry(asked, one) {
  const item = document.createElement("li");
  const what = document.createElement("span");
  const holders = one.holders.map((holder) => holder.ref).join(", ");
  const through = holders && `. It is about ${one.number}, which ${holders} has too`;
  what.textContent = `${one.list_name} (${scope(one).toLowerCase()}): ${one.reason}, by ${one.by}, ${day(one.at)}${through}`;
  item.append(what);
  if (one.list_id === OPT_OUT_ID) return item;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "danger";
  button.textContent = "Take it off";
  button.setAttribute("aria-label", `Take ${one.number} off ${one.list_name}`);
  button.onclick = () => {
    if (!confirm(`Take ${one.number} off ${one.list_name}? It may be called again then.`)) return;
    attempt(button, async () => {
      const left = await post(`/api/suppressions/${one.list_id}/remove`, { number: one.number });
      // The answer is about the number that was taken off; whoever asked about another one of his asks again.
      await Promise.all([left.number === asked ? drawBarred(left) : look(asked), drawSuppressions()]);
    });
  };
  item.append(button);
  return item;
}

$("#suppress-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = event.target.elements;
  const path = `/api/suppressions/${fields.list.value}`;
  const reason = fields.reason.value.trim();
  const numbers = fields.numbers.value.trim() ? fields.numbers.value.trimEnd().split("\n") : []; // faults name the line
  const file = fields.file.files[0];
  attempt(event.submitter, async () => {
    const told = [];
    if (numbers.length || !file) told.push(await post(`${path}/numbers`, { numbers, reason }));
    if (told.length) drawResult(told); // they are on the list, also where the file is refused
    if (file) drawResult([...told, await loadFile(path, file, reason, fields.encoding.value)]);
    event.target.reset();
    await drawSuppressions();
  });
});

function loadFile(path, file, reason, encoding) {
  const data = new FormData();
  data.append("file", file);
  return call("POST", `${path}/import?${new URLSearchParams({ reason, encoding })}`, data);
}

function drawResult(told) {
  const sum = (name) => told.reduce((total, one) => total + one[name], 0);
  const faults = told.flatMap((one) => one.faults);
  const read = told.find((one) => one.form);
  $('[data-field="words"]', $("#suppress-result")).textContent =
    `${count(sum("added"), "number")} added, ${sum("known")} there already, ${sum("faulty")} faulty.`
    + (read ? ` Read as ${read.form}, column ${read.column}.` : "");
  $("#suppress-result .scroll").hidden = faults.length === 0;
  tableRows($("#suppress-faults"), faults, (fault) => [fault.place, fault.problem], "");
  $("#suppress-result").hidden = false;
}

$("#new-list-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = event.target.elements;
  const [what, which] = fields.scope.value.split(":");
  attempt(event.submitter, async () => {
    const made = await post("/api/suppressions", {
      name: fields.name.value.trim(), kind: fields.kind.value,
      ...(what === "purpose" && { purpose: which }), ...(what === "campaign" && { campaign_id: Number(which) }),
    });
    event.target.reset();
    await drawSuppressions();
    $("#suppress-list").value = made.id;
    report(`The list ${made.name} is there; it is empty.`);
  });
});
