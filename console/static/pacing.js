// The pacing of the chosen campaign: the last decision in words, the figures behind it, and how the limits stand.
import { get } from "./api.js";
import { $, clock, fill, tableRows, words } from "./dom.js";

const LOOK_MS = 2000;
let asked = null;

const share = (value) => value === null ? "" : `${(100 * value).toFixed(1)} %`;
const figure = (value) => value === null ? "" : value.toFixed(1);

export async function drawPacing(campaignId) {
  asked = campaignId;
  $("#pacing").hidden = campaignId === null;
  if (campaignId === null) return;
  const pacing = await get(`/api/campaigns/${campaignId}/pacing`);
  if (asked !== campaignId) return; // another campaign was chosen meanwhile
  const last = pacing.decisions[0];
  fill($("#pacing"), {
    mode: words(pacing.mode),
    note: pacing.note,
    words: last?.words ?? "Nothing decided yet.",
    decided: last ? clock(last.at) : "",
    answer_rate: pacing.answer_rate === null ? "" : `${share(pacing.answer_rate)}, known from ${Math.round(pacing.answer_rate_calls)} calls`,
    ringing: pacing.ringing,
    agents: pacing.agents,
    free: last ? `${last.idle} idle, ${last.talking} talking, ${last.in_wrap_up} in wrap-up` : "",
    risk: last?.risk_of_next === null || !last ? "" : `${share(last.risk_of_next)}, accepted ${share(last.accepted_risk)}`,
    budget: last ? figure(last.budget_left) : "",
    given_up: pacing.given_up,
  });
  $("#pacing-note").hidden = pacing.note === "";
  tableRows($("#ahead"), last?.ahead ?? [], (row) => [`${figure(row.in_s)} s`, figure(row.agents_free), figure(row.calls_answered)],
    "This mode does not look ahead.");
  tableRows($("#limits"), pacing.limits, (limit) => [limit.name,
    `${limit.abandoned} of ${limit.live}${limit.live ? `: ${share(limit.abandoned / limit.live)}` : ""}`
      + (limit.misjudged ? `, and about ${figure(limit.misjudged)} taken for machines` : ""),
    limit.left === null ? "none may be" : figure(limit.left)],
    "No limit on abandoned calls binds this campaign.");
  $("#decisions-count").textContent = pacing.decisions.length;
  tableRows($("#decisions"), pacing.decisions, (one) => [clock(one.at), one.calls, words(one.bound), one.words], "None yet.");
}

setInterval(() => {
  if (asked !== null && $("#pacing").open) drawPacing(asked).catch(() => undefined); // the next look shows what this one missed
}, LOOK_MS);

$("#pacing").addEventListener("toggle", () => {
  if (asked !== null && $("#pacing").open) drawPacing(asked).catch(() => undefined);
});
