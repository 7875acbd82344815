// Putting data on the page. Only ever as text: names come from uploaded files and are never markup.
export const $ = (selector, root = document) => root.querySelector(selector);

export function fill(root, values) {
  for (const [name, value] of Object.entries(values)) {
    for (const place of root.querySelectorAll(`[data-field="${name}"]`)) {
      const text = value === null || value === undefined || value === "" ? "–" : String(value);
      if (place.textContent !== text) place.textContent = text;
    }
  }
}

export const list = (root, items, make) => root.replaceChildren(...items.map(make));

// Keeps the element of each key, so that focus and scrolling survive an update.
export function keyed(root, items, key, make, update) {
  const old = new Map([...root.children].map((child) => [child.dataset.key, child]));
  items.forEach((item, index) => {
    const name = String(key(item));
    let element = old.get(name);
    if (!element) {
      element = make(item);
      element.dataset.key = name;
    }
    old.delete(name);
    update(element, item);
    if (root.children[index] !== element) root.insertBefore(element, root.children[index] ?? null);
  });
  for (const gone of old.values()) gone.remove();
}

export const clone = (id) => $(id).content.firstElementChild.cloneNode(true);

// A telephone number, a short word, a time or a figure with its unit: broken in two it is read wrong.
const UNBROKEN = /^(\S{1,16}|[\d:.]+\s\S{1,2})$/;

export function tableRow(cells) {
  const row = document.createElement("tr");
  for (const cell of cells) {
    const place = document.createElement("td");
    if (UNBROKEN.test(cell)) place.className = "tight";
    if (cell instanceof Node) place.append(cell);
    else place.textContent = cell === null || cell === undefined || cell === "" ? "–" : cell;
    row.append(place);
  }
  return row;
}

export function tableRows(body, items, cells, empty) {
  if (items.length) return list(body, items, (item) => tableRow(cells(item)));
  const row = tableRow([empty]);
  row.firstElementChild.colSpan = 20;
  row.firstElementChild.className = "empty";
  return body.replaceChildren(row);
}

export function fact(label, value) {
  const box = document.createElement("div");
  const term = document.createElement("dt");
  const text = document.createElement("dd");
  term.textContent = label;
  text.textContent = value;
  box.append(term, text);
  return box;
}

export function checkbox(name, value, text) {
  const label = document.createElement("label");
  const box = document.createElement("input");
  label.className = "check";
  Object.assign(box, { type: "checkbox", name, value });
  label.append(box, text);
  return label;
}

export function pill(yes) {
  const made = document.createElement("span");
  made.className = "pill";
  made.dataset.tone = yes ? "" : "bad";
  made.textContent = yes ? "Yes" : "No";
  return made;
}

// Says that something was done.
export function report(text) {
  $("#done").textContent = text;
  $("#done").hidden = false;
}

export function bars(root, counts, label) {
  const entries = Object.entries(counts);
  const most = Math.max(1, ...entries.map(([, count]) => count));
  const make = ([name, count]) => {
    const box = fact(label(name), "");
    const track = box.lastElementChild;
    const fill = document.createElement("span");
    const number = document.createElement("dd");
    track.className = "bar-track";
    fill.className = "bar-fill";
    fill.style.inlineSize = `${(100 * count) / most}%`;
    track.append(fill);
    number.className = "n";
    number.textContent = count;
    box.append(number);
    return box;
  };
  if (entries.length) list(root, entries, make);
  else root.replaceChildren(fact("Nothing yet", ""));
}

export const words = (code) => { if (code === "vip") return "VIP"; const text = code.replaceAll("_", " "); return text.charAt(0).toUpperCase() + text.slice(1); };
export const clock = (moment) => moment ? new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" }) : "–";
/** What stays of something that was destroyed, and by whose order; nothing where no rule pack orders it. */
export const stays = (until, by) => by ? ` A rule pack orders to keep some records until ${day(until)}: ${by}.` : "";
export const day = (moment) => moment ? new Date(moment).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) : "–";
// A date and time as a person picks it, in his own zone, as the API wants it.
export const isoOf = (local) => local ? new Date(local).toISOString() : null;
// The moment at which the clocks of a zone show a date and time as a person picks it. The second turn is for a day on
// which they are changed.
export function isoIn(local, zone) {
  const wanted = Date.parse(`${local}Z`);
  const shown = (at) => Date.parse(`${new Date(at).toLocaleString("sv-SE", { timeZone: zone }).replace(" ", "T")}Z`);
  let at = wanted;
  for (let turn = 0; turn < 2; turn += 1) at += wanted - shown(at);
  return new Date(at).toISOString();
}
/** What was recorded of a talk, with the moment that was agreed for a call-back. */
export const recorded = (one, labels = {}) =>
  one.outcome && (labels[one.outcome] ?? words(one.outcome)) + (one.callback_at ? `, agreed for ${day(one.callback_at)}` : "");
/** The result of a call to the hotline, in words. */
export const heard = (one) => one.talked_at ? "Talked" : one.disposition ? words(one.disposition) : "Going on";
/** The note of a call to the hotline; of one from a number of several people nobody knows whose it was. */
export const noted = (one) => one.shared ? "Others have this number too" : one.note;
/** The pause that an agent asked for in a talk: it begins after the wrap-up. */
export const pauseToCome = ({ pause_wanted: reason }) => reason === null ? "" : `, then paused: ${reason}`;
export function span(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n) => String(n).padStart(2, "0");
  return s < 3600 ? `${Math.floor(s / 60)}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}
const COUNTED = { call: "calls", talk: "talks", row: "rows", person: "people", lead: "leads", day: "days", entry: "entries",
  number: "numbers", customer: "customers", list: "lists", vote: "votes" };
export const count = (n, noun) => `${n} ${Number(n) === 1 ? noun : COUNTED[noun]}`;
export const names = (text) => text.split(",").map((one) => one.trim()).filter(Boolean);

const TONES = {
  running: "good", ready: "good", talking: "good", draft: "", paused: "wait", reserved: "wait", preview: "wait", wrap_up: "wait",
  connecting: "wait", stopped: "bad", finished: "", offline: "",
};
export function tone(element, state) {
  element.dataset.tone = TONES[state] ?? "";
}
