// Talking to the API: requests, problems in plain words, and live events. Knows nothing of any page's content.
import { $, list } from "./dom.js";

let clockSkew = 0; // server's clock minus ours, in ms: countdowns follow the server

export const now = () => Date.now() + clockSkew;

export const NOT_SETTLED = "not-settled-yet";
const NO_CONNECTION = "No connection";
let shown = null; // the problem in the notice

export class Problem extends Error {
  constructor(problem) {
    super(problem.detail || problem.title);
    this.title = problem.title;
    this.status = problem.status;
    this.kind = problem.type?.split(":").pop();
    this.faults = problem.faults || [];
    // The same may be asked again.
    this.passes = this.status === undefined || this.kind === NOT_SETTLED || Boolean(this.kind?.startsWith("database-"));
  }
}

export async function call(method, path, body) {
  const options = { method, headers: {} };
  if (body instanceof FormData) {
    options.body = body;
  } else if (body instanceof Blob) {
    options.body = body;
    options.headers["Content-Type"] = "text/csv";
  } else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Problem({ title: NO_CONNECTION, detail: "The service does not answer. Is it running?" });
  }
  connected();
  const date = Date.parse(response.headers.get("Date"));
  if (date) clockSkew = Math.abs(date - Date.now()) > 2000 ? date - Date.now() : 0;
  if (response.status === 401) location.assign("/sign-in");
  const answer = await response.json().catch(() => ({ title: `The service answered ${response.status}` }));
  // A 503 without a type is the report on the service's health; without that either, a proxy that did not reach us.
  if (!response.ok && (response.status !== 503 || answer.type || !answer.parts)) throw new Problem(answer);
  return answer;
}

export const get = (path) => call("GET", path);
export const post = (path, body = {}) => call("POST", path, body);

export function show(problem) {
  const notice = $("#notice");
  shown = problem;
  $('[data-field="text"]', notice).textContent = `${problem.title ?? "Something went wrong"}. ${problem.message}`;
  list($('[data-field="faults"]', notice), problem.faults ?? [], (fault) => {
    const item = document.createElement("li");
    item.textContent = `${fault.place}: ${fault.problem}`;
    return item;
  });
  notice.hidden = false;
}

export function hideNotice() {
  shown = null;
  $("#notice").hidden = true;
}

// The service answers again: that it did not is no news any more.
function connected() {
  if (shown?.title === NO_CONNECTION) hideNotice();
}
$("#notice-close").addEventListener("click", hideNotice);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") hideNotice(); });

// Runs an action with its button out of reach, so that nothing is sent twice, and shows what went wrong. What came of
// the action before it goes: beside a refusal it would read as if this one had worked.
export async function attempt(button, action) {
  if (button?.getAttribute("aria-busy") === "true") return undefined;
  button?.setAttribute("aria-busy", "true");
  hideNotice();
  if (button) for (const told of document.querySelectorAll("[data-outcome]")) told.hidden = true;
  try {
    return await action();
  } catch (problem) {
    show(problem);
    return undefined;
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

// Live events. The browser reconnects after a lost line by itself; after a refusal we do.
export function listen(path, handlers, onLine) {
  const source = new EventSource(path);
  let retry;
  for (const [name, handle] of Object.entries(handlers)) {
    source.addEventListener(name, (event) => {
      connected();
      handle(JSON.parse(event.data));
    });
  }
  source.addEventListener("open", () => { connected(); onLine(true); });
  source.addEventListener("error", () => {
    onLine(false);
    if (source.readyState !== EventSource.CLOSED) return;
    retry = setTimeout(async () => {
      await get("/api/me").catch(() => undefined); // leads to the sign-in form if that is the reason
      stop = listen(path, handlers, onLine);
    }, 3000);
  });
  let stop = () => { clearTimeout(retry); source.close(); };
  return () => stop();
}

export function showLine(text, tone) {
  const chip = $("#line");
  if (chip.textContent !== text) chip.textContent = text;
  chip.dataset.tone = tone;
}

const showSwitch = (up) => showLine(up ? "Switch works" : "Switch is down", up ? "good" : "bad");

// A manager's live events: whether the switch works is shown on every page.
export function followCounters(path, drawCounters = () => {}, more = {}) {
  return listen(path, { counters: (counters) => { showSwitch(counters.switch_up); drawCounters(counters); }, ...more },
    (up) => { if (!up) showLine("No connection", "bad"); });
}
