// The lists of a campaign on the manager's page: on and off, preview with its columns, check, load with progress.
import { attempt, call, get, post } from "./api.js";
import { $, count, list, tableRow, tableRows, words } from "./dom.js";

const LOOK_MS = 700;

let campaign = null;
let loaded = async () => {};
let columns = {}; // header name by known column, as chosen in the preview
let running = null; // the upload that is followed

export function chooseLists(next, template, onLoaded) {
  loaded = onLoaded;
  $("#columns").textContent = template ? `Needs the columns ${template.required_columns.join(", ")}; other names can be chosen in the preview.` : "";
  $("#sample").hidden = !template;
  if (template) $("#sample").href = `/api/templates/${encodeURIComponent(template.name)}/sample`;
  if (next?.id === campaign?.id) return;
  campaign = next;
  running = null;
  $("#upload-form").reset();
  forget();
  drawProgress(null);
  drawResult(null);
  list($("#lists"), [], () => undefined);
}

export async function drawLists() {
  const asked = campaign?.id;
  if (!asked) return;
  const { lists } = await get(`/api/campaigns/${asked}/lists`);
  if (campaign?.id !== asked) return; // another campaign was chosen meanwhile
  list($("#list-names"), lists, (one) => new Option(one.name, one.name));
  if (lists.length) list($("#lists"), lists, listRow);
  else tableRows($("#lists"), [], () => [], "No list has been loaded yet.");
}

function listRow(one) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = one.active ? "Switch off" : "Switch on";
  button.setAttribute("aria-label", `${button.textContent} list ${one.name}`);
  button.addEventListener("click", () => attempt(button, async () => {
    await post(`/api/lists/${one.id}/${one.active ? "deactivate" : "activate"}`);
    await drawLists();
  }));
  const link = document.createElement("a");
  link.href = `/api/lists/${one.id}/export`;
  link.download = "";
  link.textContent = "Export";
  link.setAttribute("aria-label", `Export list ${one.name}`);
  const actions = document.createElement("span");
  actions.className = "inline";
  actions.append(button, link);
  return tableRow([one.name, one.active ? "On" : "Off", one.leads.waiting, one.leads.held, one.leads.refused, one.leads.done, actions]);
}

$("#file").addEventListener("change", () => { forget(); drawResult(null); });

$("#upload-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const action = event.submitter?.value ?? "check";
  if (!$("#file").files[0]) return;
  attempt(event.submitter, () => (action === "preview" ? showPreview() : load(action !== "load")));
});

function form() {
  const data = new FormData();
  if (Object.keys(columns).length) data.append("mapping", JSON.stringify(columns));
  data.append("file", $("#file").files[0]);
  return data;
}

async function showPreview() {
  const shown = await call("POST", `/api/campaigns/${campaign.id}/preview`, form());
  $("#preview").hidden = false;
  $('[data-field="form"]', $("#preview")).textContent = `Read as ${shown.form}.`;
  drawMapping(shown);
  list($("#preview-head"), ["Row", ...shown.header, "Calls", "Faults"], (name) => {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    return cell;
  });
  const told = (faults) => faults.map((fault) => fault.problem).join("; ");
  tableRows($("#preview-rows"), shown.rows, (row) => [row.row, ...shown.header.map((_, at) => row.cells[at]), row.number, told(row.faults)],
    told(shown.faults) || "No rows.");
  $("#preview-title").focus();
}

function drawMapping(shown) {
  list($("#mapping"), shown.columns, (column) => {
    const box = document.createElement("label");
    const select = document.createElement("select");
    box.textContent = words(column) + (shown.required.includes(column) ? " (needed)" : "");
    list(select, ["", ...shown.header], (name) => new Option(name || "–", name));
    select.value = shown.mapping[column] ?? "";
    select.addEventListener("change", () => {
      columns = { ...shown.mapping, ...columns, [column]: select.value };
      attempt(null, showPreview);
    });
    box.append(select);
    return box;
  });
}

function forget() {
  columns = {};
  $("#preview").hidden = true;
}

async function load(dryRun) {
  drawResult(null);
  const query = new URLSearchParams({ dry_run: dryRun, wait: false, list: $("#list-name").value, known: $("#known").value });
  let report = await call("POST", `/api/campaigns/${campaign.id}/import?${query}`, form());
  running = report.id;
  try {
    while (report.state === "running" && running === report.id) {
      drawProgress(report);
      await new Promise((done) => setTimeout(done, LOOK_MS));
      report = await get(`/api/imports/${report.id}`);
    }
  } finally {
    drawProgress(null);
  }
  if (running !== report.id) return; // another campaign was chosen; the upload goes on
  drawResult(report);
  if (!dryRun) await loaded();
}

$("#cancel-upload").addEventListener("click", (event) => {
  const id = running;
  attempt(event.currentTarget, () => post(`/api/imports/${id}/cancel`));
});

function drawProgress(report) {
  $("#progress").hidden = report === null;
  if (report === null) return;
  $("#progress-bar").value = report.share;
  $('[data-field="rows"]', $("#progress")).textContent = `${count(report.rows, "row")} read`;
}

function drawResult(report) {
  const box = $("#upload-result");
  const faults = report?.faults ?? [];
  $(".scroll", box).hidden = faults.length === 0;
  $('[data-field="summary"]', box).textContent = report ? summary(report) : "";
  $("#rejects").hidden = !report?.has_rejects;
  if (report) $("#rejects").href = `/api/imports/${report.id}/rejects`;
  tableRows($("#faults"), faults, (fault) => [fault.place, fault.problem], "");
}

const ENDED = { failed: "Not loaded", cancelled: "Stopped" };

function summary(report) {
  const parts = [`${report.loaded} new`];
  if (report.updated) parts.push(`${report.updated} updated`);
  if (report.unchanged) parts.push(`${report.unchanged} unchanged`);
  if (report.duplicate) parts.push(`${report.duplicate} there already`);
  parts.push(`${report.faulty} faulty`);
  const done = ENDED[report.state] ?? (report.dry_run ? "Only checked, nothing stored" : "Loaded");
  const rest = report.problem && report.state !== "done" ? ` ${report.problem}` : "";
  return `${done}: ${count(report.rows, "row")}, of them ${parts.join(", ")}.${rest}`;
}
