// Why one campaign is or is not dialing, as it is now, and what stands in the way of one customer.
import { attempt, get } from "./api.js";
import { $, day, fill, list, pill, recorded, tableRow, tableRows, words } from "./dom.js";

const EVERY_MS = 5000;
const TONE = { dialing: "good", "about-to-dial": "good", finished: "", "all-done": "", draft: "", "service-down": "bad", "switch-down": "bad", "trunks-down": "bad", stopped: "bad" };

let chosen = null;
let timer;
let restsUntil = 0;

export function chooseWhy(id) {
  clearTimeout(timer);
  if (chosen !== id) {
    $("#why-person").hidden = true;
    $("#who-form").reset();
  }
  chosen = id;
  $("#why").hidden = id === null;
  if (id !== null) look();
}

// A list of a million takes the service a moment to count, so the next look waits for five times as long.
async function look() {
  clearTimeout(timer);
  const began = performance.now();
  const asked = chosen;
  try {
    const why = await get(`/api/campaigns/${asked}/why`);
    if (asked !== chosen) return;
    draw(why);
  } catch (problem) {
    if (asked === chosen) $("#why-headline").textContent = problem.message;
  }
  if (asked === null || asked !== chosen) return;
  const took = performance.now() - began;
  restsUntil = performance.now() + Math.max(EVERY_MS / 5, 5 * took);
  timer = setTimeout(soon, Math.max(EVERY_MS, 5 * took));
}

// Nobody looks at a page in the background.
function soon() {
  if (document.hidden) document.addEventListener("visibilitychange", soon, { once: true });
  else look();
}

// Something happened: by our own hand, which is looked at now, or by others', which may wait a moment.
export function lookAgain({ byOthers = false } = {}) {
  if (chosen === null) return;
  clearTimeout(timer);
  timer = setTimeout(soon, byOthers ? Math.max(0, restsUntil - performance.now()) : 0);
}

const sentence = (reason) =>
  words(reason.text) + (reason.since ? `, since ${day(reason.since)}` : "") + (reason.until ? `, until ${at(reason.until, reason.zone)}` : "");
const about = (figure, estimated) => (estimated && figure ? `about ${figure}` : figure);

function at(moment, zone) {
  if (!moment) return "";
  if (!zone) return day(moment);
  return `${new Date(moment).toLocaleString([], { dateStyle: "medium", timeStyle: "short", timeZone: zone })} ${zone}`;
}

// When those who may be called now are called; never where the campaign is over.
const MAY_GO = { running: "now", paused: "as soon as it is resumed", draft: "as soon as it is started" };

function draw(why) {
  const [first, ...more] = why.reasons;
  const headline = $("#why-headline");
  if (headline.textContent !== sentence(first)) headline.textContent = sentence(first);
  headline.dataset.tone = (first.code === "finished" && why.due ? null : TONE[first.code]) ?? "wait";
  list($("#why-also"), more, (reason) => {
    const item = document.createElement("li");
    item.textContent = sentence(reason);
    return item;
  });
  fill($("#why"), {
    total: why.total,
    due: about(why.due, why.due_estimated),
    next_at: [why.due && MAY_GO[why.status], why.next_at && day(why.next_at)].filter(Boolean).join(", then ") || "only after a change",
  });
  list($("#why-lines"), why.lines, (line) => {
    const row = tableRow([about(line.leads, line.estimated), words(line.text), at(line.next_at, line.zone), line.example]);
    row.firstElementChild.className = "figure";
    return row;
  });
}

$("#who-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const who = event.target.elements.who.value.trim();
  attempt(event.submitter, async () => {
    const asked = chosen;
    const told = await get(`/api/campaigns/${asked}/why/customer?who=${encodeURIComponent(who)}`);
    if (asked === chosen) drawPerson(told);
  });
});

function drawPerson(told) {
  $("#why-person-title").textContent = `${told.name || told.ref} (${told.ref}), ${told.zones.join(", ") || "nobody knows the time zone"}`;
  const zone = told.zones.length === 1 ? told.zones[0] : "";
  list($("#why-verdicts"), told.leads, (lead) => {
    const item = document.createElement("li");
    const { verdict } = lead;
    const from = verdict.next_at ? `; from ${at(verdict.next_at, zone)} on` : "";
    item.textContent = `${lead.number}: ${verdict.allowed ? "may be called now" : verdict.reason + from}`;
    return item;
  });
  const findings = told.leads.flatMap((lead) => lead.findings);
  tableRows($("#why-findings"), findings, (one) => [pill(one.allows), words(one.rule), one.text, one.pack, at(one.until, zone)], "No rule could be asked.");
  const changes = told.leads.flatMap((lead) => lead.changes);
  const history = [
    ...changes.map((one) => ({ at: one.at, text: one.rule === "again" ? `Judged again: ${one.reason}` : `Refused: ${one.reason}` })),
    ...told.history.map((one) => ({ at: one.started_at, text: [`Called: ${one.disposition ? words(one.disposition) : "under way"}`, recorded(one)].filter(Boolean).join("; ") })),
  ].sort((a, b) => b.at.localeCompare(a.at));
  tableRows($("#why-history"), history, (one) => [day(one.at), one.text], "Nothing has happened yet.");
  $("#why-person").hidden = false;
  $("#why-person-title").focus();
}
