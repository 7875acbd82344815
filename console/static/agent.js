// The agent's page. The server says what is so; the page draws it, and offers what is possible in that state.
import { attempt, get, listen, NOT_SETTLED, now, post, showLine } from "./api.js";
import { $, day, fact, fill, heard as heardBy, isoIn, list, noted, pauseToCome, recorded, span, tableRows, tone, words } from "./dom.js";
import { AGAIN_MS, Records } from "./records.js";

const id = $("main").dataset.agent;
const base = `/api/agents/${encodeURIComponent(id)}`;
let view = null;
let drawnCall = null;
let drawnCustomer = null;
let heard = 0; // pictures that came by themselves
let recordedAs = null; // what was entered when Record was pressed
let wasCut = false; // the line was lost, or the service began anew, since this call is on the page
const records = new Records((given) => act("record", given), () => drawKept());

const SAYS = {
  offline: "Logged out", connecting: "Your phone is ringing: pick it up", ready: "Ready", paused: "Paused",
  preview: "Look at this lead, then call or skip", reserved: "A call is being placed for you", talking: "Talking", wrap_up: "Wrap-up",
};
const CAN = {
  offline: ["login"], connecting: ["logout"], ready: ["pause", "logout"], preview: ["call", "skip", "pause", "logout"], reserved: ["pause"],
  talking: ["end-call", "pause"], wrap_up: ["end-wrap-up", "pause", "logout"], paused: ["ready", "pause", "logout"],
};

const askedFor = (call) =>
  call.waits_for ? `You asked for this call. It waits: ${call.waits_for}. Skip it or pause to go on without it` : "Your call is about to be placed";

function draw(next) {
  const before = view?.state;
  if (next.call?.attempt_id !== drawnCall) keepTyped(view?.call);
  view = next;
  const state = $("#state");
  const why = view.phone_gone ? "your phone was hung up; it rings again when you go on" : view.pause_reason;
  const asked = view.state === "preview" && view.call?.asked;
  const says = asked ? askedFor(view.call) : SAYS[view.state] ?? words(view.state);
  const text = says + (why ? `: ${why}` : "") + pauseToCome(view)
    + (view.stored ? "" : " (it holds, and is not stored yet: a restart of the service would undo it)");
  if (state.textContent !== text) state.textContent = text;
  tone(state, view.state);
  for (const button of document.querySelectorAll("[data-act]")) {
    button.disabled = !(CAN[view.state] ?? []).includes(button.dataset.act);
  }
  if (asked) $('[data-act="call"]').disabled = true;
  $("#pause-reason").disabled = $('[data-act="pause"]').disabled;
  $("#preview").hidden = view.state !== "preview";
  drawForm();
  if (view.call?.attempt_id !== drawnCall) drawCall(view.call);
  else if ((view.call?.customer?.id ?? null) !== drawnCustomer) drawPerson(view.call); // what is being written stays
  drawClock();
  document.title = `${SAYS[view.state] ?? view.state} · Dialer`;
  if (before === "reserved" && view.state === "talking") $("#state").scrollIntoView({ block: "nearest" });
}

// The service has begun anew and does not know yet what he has: what is on the page stays, and can be recorded.
function notYet(problem) {
  wasCut = true;
  $("#state").textContent = `${problem.title}. ${problem.detail ?? problem.message}`;
  tone($("#state"), "offline");
  for (const button of document.querySelectorAll("[data-act]")) button.disabled = true;
}

// An answer that comes later than a picture is older than it: whatever the answer tells, a picture tells too.
async function act(name, body) {
  const before = heard;
  const answer = await post(`${base}/${name}`, body);
  if (heard === before) draw(answer);
}

function drawForm() {
  const open = view.call !== null && ["talking", "wrap_up"].includes(view.state);
  $("#record-form fieldset").disabled = !open;
  $("#record-hint").textContent = open ? "Choose one and add what matters." : "Opens with the talk.";
  const outcome = view.call?.recorded_outcome;
  $("#newcomer").hidden = !open || view.call.direction !== "inbound" || view.call.customer !== null;
  $("#recorded").textContent = records.isStoring(view.call?.attempt_id) ? "Being stored…" : outcome ? `Recorded: ${view.call.outcomes[outcome] ?? outcome}.` : "";
}

function drawCall(call) {
  drawnCall = call?.attempt_id;
  recordedAs = null;
  wasCut = false;
  for (const part of document.querySelectorAll("[data-when]")) part.hidden = (part.dataset.when === "call") !== Boolean(call);
  $("#record-form").reset();
  list($("#outcomes"), Object.entries(call?.outcomes ?? {}), choice);
  $("#newcomer-form").reset();
  $("#caller-form").reset();
  if (call) drawScript(call);
  drawPerson(call);
}

function drawPerson(call) {
  drawnCustomer = call?.customer?.id ?? null;
  list($("#callback-zone"), zonesOf(call?.customer), ([zone, whose]) => new Option(`${zone} (${whose})`, zone));
  offerCallback();
  tableRows($("#history"), [], () => [], call ? "Looking…" : "Nobody yet.");
  list($("#holders"), [], () => undefined);
  if (!call) return;
  drawFile(call);
  if (!call.customer && !$("#caller-number").value) $("#caller-number").value = call.number;
  attempt(null, async () => {
    const told = await get(`${base}/history`);
    if (drawnCall !== call.attempt_id) return;
    tableRows($("#history"), contacts(told), ([one, result, note]) => [day(one.started_at), result, one.agent_id, one.vote,
      recorded(one, call.outcomes), note], "This is the first contact.");
  });
}

// Our calls and his to the hotline, newest first.
function contacts({ attempts, hotline }) {
  const ours = attempts.map((one) => [one, one.disposition && words(one.disposition), one.note]);
  const his = hotline.map((one) => [one, `Called us: ${heardBy(one).toLowerCase()}`, noted(one)]);
  return [...ours, ...his].sort(([a], [b]) => Date.parse(b.started_at) - Date.parse(a.started_at));
}

function drawFile({ customer, ...call }) {
  fill($("#customer"), {
    name: customer ? `${customer.title} ${customer.name}`.trim()
      : call.number ? `Not in the file: ${call.number}` : "Calls without a number: ask for it",
    customer_class: customer ? words(customer.customer_class) : "Unknown",
    direction: call.direction === "inbound" ? "Calls in" : "We call",
    campaign_name: call.campaign_name || "Hotline",
  });
  const facts = [["Number", call.number]];
  if (customer) facts.push(["Reference", customer.ref], ["Language", customer.language], ["Zone", customer.zones.join(", ")]);
  for (const [name, value] of Object.entries({ ...call.fields, ...customer?.extras })) facts.push([words(name), value]);
  list($("#file"), facts.filter(([, value]) => value), ([name, value]) => fact(name, value));
}

function drawScript({ script, customer, fields }) {
  const known = { ...customer?.extras, name: customer?.name, title: customer?.title, ...fields };
  const say = (text) => text.replace(/\{(\w+)\}/g, (whole, name) => known[name] ?? whole);
  const none = { opening: "", questions: [], closing_satisfied: "", closing_dissatisfied: "" };
  $("#no-script").hidden = Boolean(script);
  $("#script-words").hidden = !script;
  const { questions, ...parts } = script ?? none;
  fill($("#script"), Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, say(text)])));
  list($("#questions"), questions, (question) => {
    const item = document.createElement("li");
    item.textContent = say(question);
    return item;
  });
}

function choice([code, label]) {
  const box = document.createElement("label");
  const radio = document.createElement("input");
  Object.assign(radio, { type: "radio", name: "outcome", value: code, required: true });
  box.append(radio, label);
  return box;
}

// Who agrees on a time means the customer's clock; the agent's own is for "in an hour from now".
function zonesOf(customer) {
  const zones = (customer?.zones ?? []).map((zone) => [zone, "the customer's time"]);
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zones.some(([zone]) => zone === own) ? zones : [...zones, [own, "your time"]];
}

// Only a campaign's call-back has a moment; the hotline's code is another one.
function offerCallback() {
  const wanted = $("#record-form").elements.outcome?.value === "callback";
  $("#callback").hidden = !wanted;
  $("#callback-at").disabled = $("#callback-zone").disabled = !wanted;
}

function drawClock() {
  if (!view) return;
  $("#since").textContent = `for ${span(now() - Date.parse(view.since))} · ${view.talks} ${view.talks === 1 ? "talk" : "talks"}`;
  const ends = view.state === "wrap_up" && view.wrap_up_ends_at;
  $("#countdown").textContent = ends ? `${span(Date.parse(ends) - now() + 999)} left` : "";
}

for (const button of document.querySelectorAll("button[type=button][data-act]")) {
  button.addEventListener("click", () => attempt(button, () => act(button.dataset.act)));
}

for (const name of ["pause", "skip"]) {
  $(`#${name}-form`).addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(event.submitter, async () => {
      await act(name, { reason: event.target.elements.reason.value });
      event.target.reset();
    });
  });
}

function entered() {
  const { note, callback_at: at, callback_zone: zone } = $("#record-form").elements;
  const outcome = $("#outcomes input:checked")?.value ?? "";
  const agreed = outcome === "callback" && at.value ? { callback_at: isoIn(at.value, zone.value) } : {};
  return { attempt_id: drawnCall, outcome, note: note.value, ...agreed };
}

const whose = (call) => ({ who: call.customer?.name || call.number || "A caller without a number", outcomes: call.outcomes });

// A restart of the service may take a call from the page while its agent writes about it: his words stay.
function keepTyped(before) {
  const given = before && wasCut ? entered() : {};
  if ((given.outcome || given.note) && JSON.stringify(given) !== recordedAs) records.typed(given, whose(before));
}

$("#record-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const given = entered();
  recordedAs = JSON.stringify(given);
  attempt(event.submitter, () => records.record(given, whose(view.call)));
});

function drawKept() {
  const waiting = records.of("again");
  const count = waiting.length;
  $("#unsent").textContent = count
    ? `Not stored yet: ${waiting.at(-1).why.toLowerCase()}. What you entered${count > 1 ? ` for ${count} calls` : ""} is kept here and tried again every ${AGAIN_MS / 1000} seconds: leave this page open.`
    : "";
  const yours = [...records.of("typed"), ...records.of("refused")];
  $("#kept").hidden = !yours.length;
  list($("#kept-list"), yours, keptRecord);
  if (view) drawForm();
}

// One that only the person can decide on: his words, why they are not stored, and both ways on.
function keptRecord({ given, of, why }) {
  const item = document.createElement("li");
  const text = document.createElement("p");
  text.textContent = `${of.who}: ${[of.outcomes[given.outcome] ?? given.outcome, given.note].filter(Boolean).join(". ")}`;
  const reason = document.createElement("p");
  reason.className = "dim";
  reason.textContent = why;
  const again = keptButton("Record it", () => records.record(given, of));
  again.disabled = !given.outcome;
  item.append(text, reason, again, keptButton("Throw it away", () => records.forget(given.attempt_id)));
  return item;
}

function keptButton(text, pressed) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", textContent: text });
  button.addEventListener("click", () => attempt(button, async () => pressed()));
  return button;
}
window.addEventListener("beforeunload", (event) => { if (records.kept.size) event.preventDefault(); });

$("#outcomes").addEventListener("change", offerCallback);

$("#newcomer-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const given = { attempt_id: view.call.attempt_id, ...Object.fromEntries(new FormData(event.target)) };
  attempt(event.submitter, async () => {
    try {
      await act("customer", given);
    } catch (problem) {
      if (problem.kind === "known-customer") list($("#holders"), problem.faults, holder);
      throw problem;
    }
  });
});

// Whoever has the number already: one press says that it is he who calls.
function holder({ place: ref }) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = `The caller is ${ref}`;
  button.onclick = () => attempt(button, () => act("caller", { attempt_id: view.call.attempt_id, ref }));
  item.append(button);
  return item;
}

$("#caller-form").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(event.submitter, () => act("caller", { attempt_id: view.call.attempt_id, ref: event.target.elements.ref.value.trim() }));
});

setInterval(drawClock, 500);
await attempt(null, async () => {
  try {
    draw(await get(base));
  } catch (problem) {
    if (problem.kind !== NOT_SETTLED) throw problem;
    notYet(problem);
  }
});
listen(`/api/events?agent=${encodeURIComponent(id)}`, { agent: (next) => { heard += 1; draw(next); }, problem: notYet }, (up) => {
  wasCut ||= !up;
  showLine(up ? "Connected" : "No connection", up ? "good" : "bad");
});
