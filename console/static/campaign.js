// One campaign on the manager's page: facts, start, pause with its receipt, resume, stop, report. Its lists are in lists.js and upload.js.
import { attempt, get, post } from "./api.js";
import { $, bars, clock, count, day, fill, span, tableRow, tableRows, tone, words } from "./dom.js";

import { chooseLists, drawLists } from "./lists.js";
import { chooseRules } from "./rules.js";
import { chooseUpload } from "./upload.js";
import { chooseForecast } from "./forecast.js";
import { chooseWhy, lookAgain } from "./why.js";
import { drawPacing } from "./pacing.js";

let campaign = null;
let template = null;
let changed = async () => {};

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const AMD = { off: "Off", "human-first": "Human first", strict: "Strict" };
const CAN = { start: ["draft", "finished"], pause: ["running"], resume: ["paused"], stop: ["running", "paused"] };

export const chosen = () => campaign?.id ?? null;

export function wire(onChange) {
  changed = onChange;
}

export function choose(next, itsTemplate) {
  const other = next?.id !== campaign?.id;
  template = itsTemplate;
  for (const id of ["#campaign", "#upload", "#report"]) $(id).hidden = next === null;
  $("#nothing-chosen").hidden = next !== null;
  if (other) {
    $("#receipt").hidden = true;
    $("#pause-form").reset();
  }
  attempt(null, () => drawPacing(next?.id ?? null));
  if (next === null) {
    campaign = null;
    chooseWhy(null);
    chooseForecast(null);
    chooseLists(null, null, drawReport);
    chooseUpload(null, null, drawReport);
    chooseRules(null, rulesChanged);
    return;
  }
  refresh(next);
  chooseWhy(next.id);
  chooseForecast(next.id);
  chooseLists(next, template, drawReport);
  chooseUpload(next, template, drawReport);
  if (other) attempt(null, drawReport);
}

async function rulesChanged() {
  await changed();
  lookAgain();
}

export function refresh(next) {
  campaign = next;
  chooseRules(next, rulesChanged);
  const box = $("#campaign");
  fill(box, {
    ...next,
    status: words(next.status),
    mode: words(next.mode) + (next.mode === "ratio" ? `, ${next.lines_per_agent} lines per agent` : ""),
    template: template?.label ?? next.template,
    amd: AMD[next.amd] + (next.machine_message ? ", with a message" : ""),
    hours: hours(next.hours),
    packs: next.packs.join(", "),
    changed: next.status_at ? [`${words(next.status)} by ${next.status_by || "?"}, ${day(next.status_at)}`, next.status_reason].filter(Boolean).join(": ") : "",
  });
  tone($(".pill", box), next.status);
  for (const [action, states] of Object.entries(CAN)) $(`#${action}`).disabled = !states.includes(next.status);
  for (const field of $("#pause-form").querySelectorAll("input")) field.disabled = next.status !== "running";
}

function hours(windows) {
  const byTime = new Map();
  for (const { weekday, opens, closes } of windows) {
    const time = `${opens}–${closes === "00:00" ? "24:00" : closes}`;
    byTime.set(time, [...(byTime.get(time) ?? []), weekday]);
  }
  return [...byTime].map(([time, days]) => `${dayNames(days)} ${time}`).join("; ");
}

function dayNames(days) {
  const sorted = [...days].sort();
  const inARow = sorted.length > 2 && sorted.at(-1) - sorted[0] === sorted.length - 1;
  return inARow ? `${DAYS[sorted[0]]}–${DAYS[sorted.at(-1)]}` : sorted.map((one) => DAYS[one]).join(", ");
}

function act(action) {
  $(`#${action}`).addEventListener("click", (event) => {
    if (action === "stop" && !confirm("Stop this campaign for good? It cannot be started again; pause it if it is to go on. Unanswered calls are hung up; talks go on.")) return;
    attempt(event.currentTarget, async () => {
      const answer = await post(`/api/campaigns/${campaign.id}/${action}`);
      $("#receipt").hidden = true;
      if (action === "stop") drawReceipt(answer, "Stopped");
      await changed();
      lookAgain();
      await drawReport();
    });
  });
}
["start", "resume", "stop"].forEach(act);

// Fills the form of a new campaign with this one's settings; its list and its people stay with this one.
$("#like-this").addEventListener("click", () => {
  const form = $("#create-form");
  for (const name of ["template", "company", "caller_id", "callback_number", "mode", "lines_per_agent", "max_attempts",
    "max_channels", "calls_per_second", "ring_timeout_s", "wrap_up_s", "packs", "weight", "amd_check_share"]) {
    form.elements[name].value = campaign[name];
  }
  form.elements.amd.value = campaign.amd === "off" ? "" : campaign.amd;
  form.elements.machine_message.checked = campaign.machine_message;
  form.elements.name.value = "";
  $("#create").open = true;
  form.elements.name.focus();
});

$("#pause-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  attempt(event.submitter, async () => {
    const receipt = await post(`/api/campaigns/${campaign.id}/pause`,
      { reason: form.elements.reason.value, cancel_unanswered: form.elements.cancel_unanswered.checked });
    drawReceipt(receipt, "Paused");
    form.reset();
    await changed();
    lookAgain();
    await drawReport();
  });
});

function drawReceipt(receipt, what) {
  const box = $("#receipt");
  $("#receipt-title").textContent = `${what} by ${receipt.by}: ${receipt.reason}`;
  const sentences = [`No call is placed after ${clock(receipt.paused_at)}.`];
  if (receipt.cancelled) sentences.push(`${count(receipt.cancelled, "call")} hung up by us.`);
  else if (receipt.still_ringing) sentences.push(`${count(receipt.still_ringing, "call")} may ring until ${clock(receipt.last_ends_at)} at the latest.`);
  if (receipt.talking) sentences.push(`${count(receipt.talking, "talk")} go on to the end.`.replace("1 talk go", "1 talk goes"));
  if (receipt.voting) sentences.push(`${count(receipt.voting, "vote")} under way.`);
  if (!receipt.stored) sentences.push("It holds, but is not stored yet: the database does not take it. It is tried on; a restart of the service before then undoes it, and the campaign would dial again.");
  fill(box, { ...receipt, summary: sentences.join(" "), paused_at: clock(receipt.paused_at), last_ends_at: clock(receipt.last_ends_at) });
  box.hidden = false;
  $("#receipt-title").focus();
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

function drawDetection(detection) {
  const box = $("#detection");
  box.hidden = detection === null;
  if (detection === null) return;
  const { screens, errors } = detection;
  const between = ({ low, likely, high }, show) => `${show(likely)} (${show(low)} to ${show(high)})`;
  fill(box, {
    ...screens,
    checked: `${screens.checked} (${screens.judged} judged, ${count(screens.persons, "person")})`,
    rate: errors ? between(errors.rate, percent) : "unknown: no agent has judged one yet",
    people: errors ? between(errors.people, (value) => value.toFixed(1)) : "",
    charged: detection.abandoned_share === null ? "" : percent(detection.abandoned_share),
    screened_wait: detection.answer_to_agent_ms.p99 === null ? "" : `${detection.answer_to_agent_ms.p99.toFixed(0)} ms`,
  });
}

$("#report-refresh").addEventListener("click", (event) => attempt(event.currentTarget, drawReport));

async function drawReport() {
  const asked = campaign.id;
  const report = await get(`/api/campaigns/${asked}/report`);
  if (chosen() !== asked) return; // another campaign was chosen meanwhile
  drawLists().catch(() => undefined); // the report stands without it
  fill($("#report"), {
    waiting: report.leads.waiting ?? 0,
    done: report.leads.done ?? 0,
    refused: report.leads.refused ?? 0,
    attempts: report.attempts + (report.open_attempts ? ` (${report.open_attempts} open)` : ""),
    answered: report.answered,
    abandoned: report.abandoned_share === null ? "" : `${(100 * report.abandoned_share).toFixed(1)} %`,
    vote_average: report.vote_average?.toFixed(2),
    talk: report.talk_s_average === null ? "" : span(1000 * report.talk_s_average),
    wait: report.answer_to_agent_ms.p99 === null ? "" : `${report.answer_to_agent_ms.p99.toFixed(1)} ms`,
  });
  drawDetection(report.detection);
  const label = (code) => template?.outcomes[code] ?? words(code);
  bars($("#votes"), report.votes, (score) => score);
  bars($("#dispositions"), report.dispositions, words);
  bars($("#outcomes"), report.outcomes, label);
  long("not-reached", report.not_reached, report.not_reached_total, (last) => last.lead_id, (lead) => [
    lead.customer_name || lead.customer_ref, lead.number, lead.attempts, lead.last_disposition && words(lead.last_disposition),
    lead.reason], Object.values(report.leads).some(Boolean) ? "Everybody on the lists was reached." : "Nobody is on its lists yet.");
  long("records", report.records, report.records_total, (last) => last.attempt_id, (record) => [
    day(record.started_at), record.customer_name || record.customer_ref, record.disposition ? words(record.disposition) : "Under way",
    record.agent_id, record.talk_ms === null ? "" : span(record.talk_ms), record.vote, record.outcome && label(record.outcome),
    record.note], "No call has been placed yet.");
}

// A long list of the report: its first lines, and the next ones when asked for.
function long(name, lines, total, key, cells, empty) {
  const [body, more] = [$(`#${name}`), $(`#${name}-more`)];
  let [last, left] = [lines.at(-1), total - lines.length];
  $(`#${name}-count`).textContent = total;
  tableRows(body, lines, cells, empty);
  more.hidden = left <= 0;
  more.onclick = () => attempt(more, async () => {
    const page = await get(`/api/campaigns/${chosen()}/report/${name}?limit=500&after=${encodeURIComponent(key(last))}`);
    body.append(...page.lines.map((line) => tableRow(cells(line))));
    [last, left] = [page.lines.at(-1) ?? last, page.left];
    more.hidden = left <= 0;
  });
}
