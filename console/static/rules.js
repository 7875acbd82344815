// Calling hours, rule packs and weight of the chosen campaign, changed while it runs.
import { attempt, post } from "./api.js";
import { $, names } from "./dom.js";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

let campaign = null;
let changed = async () => {};

export function chooseRules(next, onChanged) {
  if (next?.id !== campaign?.id) $("#rules").open = false;
  campaign = next;
  changed = onChanged;
  drawUnlessOpen();
}

// Never while it is open, nor as it opens: the word of that comes late and would take back what was typed meanwhile.
function drawUnlessOpen() {
  if (!$("#rules").open) draw();
}

function draw() {
  drawHours();
  $("#weight").value = campaign?.weight ?? "";
}

function drawHours() {
  const form = $("#rules-form");
  form.reset();
  DAYS.forEach((day, weekday) => {
    const windows = (campaign?.hours ?? []).filter((one) => one.weekday === weekday);
    form.elements[day].value = windows.map(({ opens, closes }) => `${opens}-${closes === "00:00" ? "24:00" : closes}`).join(", ");
  });
}

$("#rules").addEventListener("toggle", drawUnlessOpen);

$("#rules-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = event.target.elements;
  const hours = Object.fromEntries(DAYS.map((day) => [day, fields[day].value.trim()]));
  attempt(event.submitter, async () => {
    campaign = await post(`/api/campaigns/${campaign.id}/rules`, { hours, packs: names(fields.packs.value) });
    drawHours();
    await changed();
  });
});

$("#weight-form").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(event.submitter, async () => {
    campaign = await post(`/api/campaigns/${campaign.id}/weight`, { weight: Number($("#weight").value) });
    draw();
    await changed();
  });
});
