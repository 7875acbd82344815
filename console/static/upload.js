// Loading a list into the chosen campaign: preview with its columns, check, load with progress, and what came of each upload.
import { attempt, call, get, post } from "./api.js";
import { $, count, day, list, tableRows, words } from "./dom.js";
import { dateOrderSaid, drawMappings, encodingSaid, savedMapping } from "./mappings.js";

const LOOK_MS = 700;

let campaign = null;
let loaded = async () => {};
let columns = {}; // header name by known column, as chosen in the preview
let running = null; // the upload that is followed

export function chooseUpload(next, template, onLoaded) {
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
  if (next) attempt(null, () => Promise.all([drawMappings(), goOn(next.id)]));
}

// An upload goes on while nobody looks: whoever comes back follows it again.
async function goOn(asked) {
  const unfinished = (await drawUploads(asked)).find((one) => one.state === "running");
  if (unfinished && campaign?.id === asked && running === null) await follow(unfinished);
}

$("#file").addEventListener("change", () => { forget(); drawResult(null); });
$("#saved-mapping").addEventListener("change", forget);
$("#encoding").addEventListener("change", forget);
$("#date-order").addEventListener("change", forget);

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
  const query = new URLSearchParams({ mapping: savedMapping(), encoding: $("#encoding").value, date_order: $("#date-order").value });
  const shown = await call("POST", `/api/campaigns/${campaign.id}/preview?${query}`, form());
  $("#preview").hidden = false;
  $('[data-field="form"]', $("#preview")).textContent = `Read as ${shown.form}.`;
  drawMapping(shown);
  list($("#preview-head"), ["Row", "Faults", "Calls", ...shown.header], (name) => {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    return cell;
  });
  // The place is "row 2, column phone"; the row stands beside it.
  const told = (faults) => faults.map((fault) => `${fault.place.replace(/^row \d+(, column )?/, "")} ${fault.problem}`.trim()).join("; ");
  // What is wrong stands beside the row's number: the columns of a list may go on far beyond the window.
  tableRows($("#preview-rows"), shown.rows, (row) => [row.row, told(row.faults), row.number, ...shown.header.map((_, at) => row.cells[at])],
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
  $("#mapping-form").onsubmit = (event) => {
    event.preventDefault();
    const name = event.target.elements.name.value;
    attempt(event.submitter, async () => {
      await post("/api/mappings", { name, columns: { ...shown.mapping, ...columns }, encoding: encodingSaid(), date_order: dateOrderSaid() });
      event.target.reset();
      await drawMappings(name);
    });
  };
}

function forget() {
  columns = {};
  $("#preview").hidden = true;
}

async function load(dryRun) {
  drawResult(null);
  const query = new URLSearchParams({ dry_run: dryRun, wait: false, list: $("#list-name").value, known: $("#known").value,
    within: $("#within").value, mapping: savedMapping(), encoding: $("#encoding").value, date_order: $("#date-order").value });
  await follow(await call("POST", `/api/campaigns/${campaign.id}/import?${query}`, form()));
}

async function follow(begun) {
  let report = begun;
  running = report.id;
  try {
    while (report.state === "running" && running === report.id) {
      drawProgress(report);
      await new Promise((done) => setTimeout(done, LOOK_MS));
      report = await get(`/api/imports/${report.id}`);
    }
  } finally {
    if (running === report.id) drawProgress(null);
  }
  if (running !== report.id) return; // another campaign was chosen; the upload goes on
  running = null;
  drawResult(report);
  await drawUploads(report.campaign_id);
  if (!report.dry_run) await loaded();
}

$("#cancel-upload").addEventListener("click", (event) => {
  const id = running;
  attempt(event.currentTarget, () => post(`/api/imports/${id}/cancel`));
});

function drawProgress(report) {
  $("#progress").hidden = report === null;
  if (report === null) return;
  $("#progress-bar").value = report.share;
  $('[data-field="rows"]', $("#progress")).textContent = `${count(report.rows, "row")} read${report.problem ? `; ${report.problem}` : ""}`;
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

// All uploads of the chosen campaign that the service still knows; its reject files can be had from here later too.
async function drawUploads(asked) {
  const imports = (await get("/api/imports")).imports.filter((one) => one.campaign_id === asked);
  if (campaign?.id !== asked) return [];
  $("#uploads-count").textContent = imports.length;
  tableRows($("#imports"), imports, (one) => [day(one.started_at), one.file_name, one.list_name,
    one.state === "running" ? `Under way${one.problem ? `: ${one.problem}` : ""}` : summary(one), one.has_rejects ? rejectsOf(one) : "None"], "None yet.");
  return imports;
}

function rejectsOf(report) {
  const link = document.createElement("a");
  link.href = `/api/imports/${report.id}/rejects`;
  link.download = "";
  link.textContent = "Download";
  link.setAttribute("aria-label", `Download the rows of ${report.file_name || "this upload"} that were not taken`);
  return link;
}

const ENDED = { failed: "Not loaded", cancelled: "Stopped", cut_off: "Cut off" };

function summary(report) {
  const parts = [`${report.loaded} new`];
  if (report.updated) parts.push(`${report.updated} updated`);
  if (report.unchanged) parts.push(`${report.unchanged} unchanged`);
  if (report.duplicate) parts.push(`${report.duplicate} there already`);
  parts.push(`${report.faulty} faulty`);
  if (report.unproven) parts.push(`${report.unproven} with a consent that nothing proves`);
  const done = ENDED[report.state] ?? (report.dry_run ? "Only checked, nothing stored" : "Loaded");
  const rest = report.problem && report.state !== "done" ? ` ${report.problem}` : "";
  const form = report.form ? ` Read as ${report.form}.` : "";
  return `${done}: ${count(report.rows, "row")}, of them ${parts.join(", ")}.${form}${rest}`;
}
