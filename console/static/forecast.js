// A day of the chosen campaign, forecast: with how many agents it is done when, and who will be left.
import { attempt, get } from "./api.js";
import { $, fill, list, tableRows } from "./dom.js";

let chosen = null;

export function chooseForecast(id) {
  if (chosen !== id) $("#forecast-answer").hidden = true;
  chosen = id;
  $("#forecast").hidden = id === null;
}

$("#forecast-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.submitter;
  const given = [...new FormData(event.target)].filter(([, value]) => value !== "");
  const label = button.textContent;
  attempt(button, async () => {
    const asked = chosen;
    button.textContent = "Playing the day …";
    try {
      const told = await get(`/api/campaigns/${asked}/forecast?${new URLSearchParams(given)}`);
      if (asked === chosen) draw(told);
    } finally {
      button.textContent = label;
    }
  });
});

const round = (value) => Math.round(value).toString();
const percent = (value) => (100 * value).toFixed(1);

function range({ low, mid, high }, say = round, unit = "") {
  return say(low) === say(high) ? say(mid) + unit : `${say(mid)}${unit} (${say(low)}–${say(high)})`;
}

// One sentence for each source, however many figures come from it.
function sources(origins) {
  const bySource = new Map();
  for (const { figure, source, observations } of origins) {
    const seen = observations ? `${figure} (${observations} seen)` : figure;
    bySource.set(source, [...(bySource.get(source) ?? []), seen]);
  }
  return [...bySource].map(([source, figures]) => `From ${source}: ${figures.join(", ")}.`).join(" ");
}

function draw(told) {
  const clock = (moment) => moment
    ? new Date(moment).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: told.zone }) : "–";
  const days = `${told.days} simulated ${told.days === 1 ? "day" : "days"}`;
  $("#forecast-words").textContent = told.words;
  $("#forecast-words").dataset.tone = told.finish.mid && told.may_be_called ? "good" : "wait";
  fill($("#forecast-answer"), {
    scope: `${told.day}, ${told.hours}, ${days}, paced ${told.mode}. In brackets: 10 to 90 %.`,
    may_be_called: `${told.may_be_called} of ${told.leads}`,
    attempts: range(told.attempts),
    connected: range(told.connected),
    abandoned: range(told.abandoned_share, percent, " %"),
    idle: range(told.idle_share, percent, " %"),
    last_call: told.may_be_called ? clock(told.last_call.mid) : "–",
    origins: sources(told.origins),
  });
  tableRows($("#forecast-left"), told.left, (one) => [round(one.leads.mid), `${round(one.leads.low)}–${round(one.leads.high)}`, one.text], "Nobody.");
  for (const row of $("#forecast-left").children) {
    if (row.children.length > 1) for (const cell of [...row.children].slice(0, 2)) cell.className = "figure";
  }
  list($("#forecast-notes"), told.notes, (note) => {
    const item = document.createElement("li");
    item.textContent = note;
    return item;
  });
  $("#forecast-answer").hidden = false;
  $("#forecast-words").focus();
}
