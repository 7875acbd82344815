// The lists of a campaign on the manager's page: on and off, export, and the work on one of them: call again, merge, delete.
import { attempt, get, post } from "./api.js";
import { $, checkbox, count, list, stays, tableRow, tableRows } from "./dom.js";

const NEVER_AGAIN = $("#recycle-outcomes").dataset.never; // no recycling brings these people back

let campaign = null;
let lists = [];
let worked = null; // the list that is worked on
let changed = async () => {};

export function chooseLists(next, template, onChanged) {
  changed = onChanged;
  if (next?.id === campaign?.id) return;
  campaign = next;
  close();
  $("#list-result").textContent = "";
  const outcomes = Object.entries(template?.outcomes ?? {}).filter(([code]) => code !== NEVER_AGAIN);
  list($("#recycle-outcomes"), outcomes, ([code, label]) => checkbox("outcomes", code, label));
  list($("#lists"), [], () => undefined);
}

export async function drawLists() {
  const asked = campaign?.id;
  if (!asked) return;
  const told = await get(`/api/campaigns/${asked}/lists`);
  if (campaign?.id !== asked) return; // another campaign was chosen meanwhile
  lists = told.lists;
  list($("#list-names"), lists, (one) => new Option(one.name, one.name));
  $("#export-all").hidden = lists.length === 0;
  $("#export-all").href = `/api/campaigns/${asked}/export`;
  if (lists.length) list($("#lists"), lists, listRow);
  else tableRows($("#lists"), [], () => [], "No list has been loaded yet.");
  if (worked && !lists.some((one) => one.id === worked.id)) close();
}

function named(element, text, name) {
  element.textContent = text;
  element.setAttribute("aria-label", `${text} list ${name}`);
  return element;
}

function rowButton(text, one, action) {
  const button = named(document.createElement("button"), text, one.name);
  button.type = "button";
  button.addEventListener("click", () => action(button));
  return button;
}

function listRow(one) {
  const [label, path] = one.active ? ["Switch off", "deactivate"] : ["Switch on", "activate"];
  const toggle = rowButton(label, one, (button) => attempt(button, async () => {
    await post(`/api/lists/${one.id}/${path}`);
    await drawLists();
  }));
  const link = named(document.createElement("a"), "Export", one.name);
  link.href = `/api/lists/${one.id}/export`;
  link.download = "";
  const actions = document.createElement("span");
  actions.className = "row-actions";
  actions.append(toggle, rowButton("Work on", one, () => open(one)), link);
  return tableRow([one.name, one.active ? "On" : "Off", one.leads.waiting, one.leads.held, one.leads.refused, one.leads.done, actions]);
}

function open(one) {
  worked = one;
  $("#list-work-title").textContent = `List ${one.name}`;
  for (const id of ["#recycle-form", "#merge-form", "#delete-form"]) $(id).reset();
  const others = lists.filter((other) => other.id !== one.id);
  $("#merge-form").hidden = others.length === 0;
  list($("#merge-into"), others, (other) => new Option(other.name, other.id));
  $("#list-result").textContent = "";
  $("#list-work").hidden = false;
  $("#list-work-title").focus();
}

function close() {
  worked = null;
  $("#list-work").hidden = true;
}

$("#list-work-close").addEventListener("click", close);

// Asks once more, does it, and says what came of it.
function work(form, question, action) {
  $(form).addEventListener("submit", (event) => {
    event.preventDefault();
    const [one, given] = [worked, new FormData(event.target)];
    if (!confirm(question(one, given))) return;
    $("#list-result").textContent = ""; // of the action before this one
    attempt(event.submitter, async () => {
      $("#list-result").textContent = await action(one, given);
      await changed();
    });
  });
}

work("#recycle-form", (one) => `Let the closed leads of ${one.name} that ended in these ways wait again? They are called at once.`,
  async (one, given) => {
    const { recycled } = await post(`/api/lists/${one.id}/recycle`,
      { dispositions: given.getAll("dispositions"), outcomes: given.getAll("outcomes") });
    return `${count(recycled, "lead")} of ${one.name} ${recycled === 1 ? "waits" : "wait"} again.`;
  });

const nameOf = (id) => lists.find((one) => String(one.id) === id)?.name;

work("#merge-form", (one, given) => `Give all leads of ${one.name} to ${nameOf(given.get("into"))}? ${one.name} is gone then.`,
  async (one, given) => {
    const into = await post(`/api/lists/${one.id}/merge`, { into: Number(given.get("into")) });
    close();
    return `The leads of ${one.name} are in ${into.name} now.`;
  });

work("#delete-form", (one, given) => `Delete ${one.name} for good? Leads never tried go at once. The records of its calls go `
  + (Number(given.get("retention_days")) ? `after ${count(given.get("retention_days"), "day")}.` : "at once too."),
  async (one, given) => {
    const gone = await post(`/api/lists/${one.id}/delete`, { retention_days: Number(given.get("retention_days")) });
    close();
    return `${one.name} is deleted.${stays(gone.purge_after, gone.kept_by)}`;
  });
