// The manager's page: the list of campaigns, the live figures, the board, health. One campaign is in campaign.js.
import { attempt, followCounters, get, now, post, show, showLine } from "./api.js";
import { chosen, choose, refresh, wire } from "./campaign.js";
import { $, clock, clone, fill, keyed, list, names, pauseToCome, span, tableRow, tone, words } from "./dom.js";
import "./ledger.js";
import { lookAgain } from "./why.js";

let campaigns = [];
let templates = [];
let stopListening = () => {};
let askedAt = 0;
let asking;
let [turns, drawn] = [0, 0];

async function loadCampaigns() {
  askedAt = Date.now();
  const turn = ++turns;
  const told = (await get("/api/campaigns")).campaigns;
  if (turn < drawn) return; // whoever asked later was answered first
  drawn = turn;
  campaigns = told;
  drawCampaigns();
  const current = campaigns.find((campaign) => campaign.id === chosen());
  if (current) refresh(current);
}

function drawCampaigns() {
  $("#no-campaigns").hidden = campaigns.length > 0;
  keyed($("#campaigns"), campaigns, (campaign) => campaign.id, () => clone("#campaign-row"), (row, campaign) => {
    const button = $("button", row);
    fill(row, { name: campaign.name, status: words(campaign.status) });
    tone($(".pill", row), campaign.status);
    button.setAttribute("aria-current", String(campaign.id === chosen()));
    button.onclick = () => { location.hash = `campaign=${campaign.id}`; };
  });
}

async function followHash() {
  const id = Number(new URLSearchParams(location.hash.slice(1)).get("campaign")) || null;
  const campaign = campaigns.find((one) => one.id === id) ?? null;
  choose(campaign, templates.find((template) => template.name === campaign?.template));
  drawCampaigns();
  $("#live-scope").textContent = campaign ? campaign.name : "all campaigns";
  stopListening();
  stopListening = followCounters(campaign ? `/api/events?campaign=${campaign.id}` : "/api/events", drawCounters, { agents: drawBoard });
}

function drawCounters(counters) {
  fill($("#live"), counters);
  lookAgain({ byOthers: true });
  // Others may have started, paused or finished a campaign meanwhile; the last change of several counts too.
  clearTimeout(asking);
  asking = setTimeout(() => loadCampaigns().catch(show), Math.max(0, askedAt + 3000 - Date.now()));
}

function drawBoard({ agents }) {
  keyed($("#board"), agents, (agent) => agent.agent_id, () => {
    const row = tableRow(["", "", "", "", ""]);
    const link = document.createElement("a");
    const pill = document.createElement("span");
    pill.className = "pill";
    row.children[0].replaceChildren(link);
    row.children[1].replaceChildren(pill);
    row.children[2].className = "tight";
    return row;
  }, (row, agent) => {
    const [name, state, since, customer, talks] = row.children;
    name.firstChild.textContent = agent.name;
    name.firstChild.href = `/agent?agent=${encodeURIComponent(agent.agent_id)}`;
    state.firstChild.textContent = words(agent.state) + (agent.pause_reason ? `: ${agent.pause_reason}` : "")
      + pauseToCome(agent) + (agent.leaves_at ? `, leaves ${clock(agent.leaves_at)}` : "");
    tone(state.firstChild, agent.state);
    since.dataset.since = agent.since;
    since.textContent = span(now() - Date.parse(agent.since));
    customer.textContent = agent.customer_name || agent.number || "–";
    talks.textContent = agent.talks;
  });
}

async function loadHealth() {
  const health = await get("/health");
  list($("#health"), health.parts, (part) => {
    const row = clone("#health-row");
    // A trunk's name is shown as the settings have it: underscores stay.
    fill(row, { name: part.name.charAt(0).toUpperCase() + part.name.slice(1), state: part.ok ? "works" : "does not work" });
    $('[data-field="detail"]', row).textContent = part.detail;
    $(".dot", row).dataset.tone = part.ok ? "good" : "bad";
    return row;
  });
}

function formValues(form) {
  const values = {};
  for (const field of form.elements) {
    if (!field.name || field.value === "") continue;
    if ("list" in field.dataset) values[field.name] = names(field.value);
    else if (field.type === "checkbox") values[field.name] = field.checked;
    else values[field.name] = field.type === "number" ? Number(field.value) : field.value;
  }
  return values;
}

$("#create-form").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(event.submitter, async () => {
    const campaign = await post("/api/campaigns", formValues(event.target));
    event.target.reset();
    $("#create").open = false;
    await loadCampaigns();
    location.hash = `campaign=${campaign.id}`;
  });
});

$("#test-form").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(event.submitter, async () => {
    const placed = await post("/api/calls", formValues(event.target));
    $("#test-result").textContent = `Placed to ${placed.number} as ${placed.attempt_id}.`;
  });
});

setInterval(() => {
  for (const cell of document.querySelectorAll("[data-since]")) {
    cell.textContent = span(now() - Date.parse(cell.dataset.since));
  }
}, 1000);
setInterval(() => Promise.all([loadHealth(), loadCampaigns()]).catch(() => showLine("No connection", "bad")), 15000);

await attempt(null, async () => {
  templates = (await get("/api/templates")).templates;
  list($("#new-template"), templates, (template) => new Option(template.label, template.name));
  wire(loadCampaigns);
  await Promise.all([loadCampaigns(), loadHealth()]);
  $("#create").open = campaigns.length === 0;
  await followHash();
  window.addEventListener("hashchange", followHash);
});
