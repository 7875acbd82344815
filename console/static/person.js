// One customer's file: what he said, what was promised, who is credited, his calls; handing it out and erasing it.
import { attempt, call, get, post } from "./api.js";
import { askWhetherShared, correction, drawCorrection, drawMeanwhile, removedNumbers } from "./correct.js";
import { $, day, fact, fill, heard, isoOf, list, noted, pill, recorded, report, stays, tableRows, words } from "./dom.js";

let person = null; // the customer whose file is open
let wanted = null; // the id of him whose file was asked for last

export async function open(id) {
  person = null;
  wanted = id;
  $("#person").hidden = true;
  if (id === null) return;
  const told = await get(`/api/customers/${id}`);
  if (wanted !== id) return; // another file was asked for meanwhile
  draw(told);
  $("#person-title").focus();
}

function draw(told, drawForm = drawCorrection) {
  const other = person?.id !== told.customer.id;
  person = told.customer;
  $("#person-title").textContent = `${person.title} ${person.name}`.trim() || "No name";
  fill($("#person"), { customer_class: words(person.customer_class) });
  list($("#person-facts"), facts(told).filter(([, value]) => value), ([name, value]) => fact(name, value));
  drawConsents(told.consents);
  drawNotes(told.notes);
  tableRows($("#credits"), told.credits, (one) => [day(one.at), one.agent_id, words(one.kind), one.subject], "Nobody yet.");
  tableRows($("#contacts"), told.history, (one) => [day(one.started_at), one.number, one.disposition && words(one.disposition),
    one.agent_id, one.vote, recorded(one), one.note], "Never called yet.");
  tableRows($("#hotline-calls"), told.hotline, (one) => [day(one.started_at), one.number, heard(one), one.agent_id, one.vote,
    recorded(one), noted(one)], "He has never called the hotline.");
  $("#person-export").href = `/api/customers/${person.id}/export`;
  if (other) for (const form of document.querySelectorAll("#person form")) form.reset();
  list($("#consent-number"), person.numbers, (number) => new Option(number, number));
  $("#class").value = person.customer_class;
  drawForm(told, other);
  $("#person").hidden = false;
}

function facts({ customer, suppressed, looked_after_by, made_by, made_at, erasing_asked_at }) {
  const numbers = customer.numbers.map((number) => {
    const kind = customer.kinds[number];
    return kind && kind !== "other" ? `${number} (${words(kind).toLowerCase()})` : number;
  });
  return [["Reference", customer.ref], ["Numbers", numbers.join(", ")], ["Language", customer.language],
    ["Zone", customer.own_zone || customer.zones.join(", ")], ["Country", [customer.country, customer.region].filter(Boolean).join(", ")],
    ["Owner", customer.owner], ["Looked after by", looked_after_by === customer.owner ? "" : looked_after_by],
    ["To be erased", erasing_asked_at && `as soon as his call is over, asked ${day(erasing_asked_at)}`],
    ["Entered by", made_at && `${made_by}, ${day(made_at)}`], ["On do-not-call lists", suppressed.join(", ")], ...Object.entries(customer.extras).map(([name, value]) => [words(name), value])];
}

function drawConsents(consents) {
  tableRows($("#consents"), consents, ({ number, consent, by, at }) => [number, words(consent.purpose), pill(consent.given),
    day(consent.at ?? at), consent.evidence, by], "He has said nothing about calls yet.");
}

function drawNotes(notes) {
  tableRows($("#notes"), notes, (one) => [day(one.at), one.by, one.note, one.due_at && day(one.due_at),
    one.kind === "promise" ? kept(one) : ""], "Nothing yet.");
}

function kept(promise) {
  if (promise.kept_at) return day(promise.kept_at);
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Kept";
  button.setAttribute("aria-label", `Kept: ${promise.note}`);
  button.onclick = () => change(button, "promise-kept", { note_id: promise.id });
  return button;
}

// Every change answers with the whole file as it is then.
function change(button, path, body) {
  const id = person.id;
  return attempt(button, async () => {
    const told = await post(`/api/customers/${id}/${path}`, body);
    if (person?.id === id) draw(told); // another file was opened meanwhile
    return true;
  });
}

function send(form, path, body) {
  $(form).addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await change(event.submitter, path, body(Object.fromEntries(new FormData(event.target))))) event.target.reset();
    $("#class").value = person?.customer_class ?? "";
  });
}

send("#class-form", "class", ({ customer_class }) => ({ customer_class }));
send("#consent-form", "consent", ({ number, purpose, given, evidence }) => ({ number, purpose, given: given === "yes", evidence }));
send("#note-form", "note", ({ kind, text, due_at }) => ({ kind, text, due_at: isoOf(due_at) }));
$("#correct-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const [id, given] = [person.id, correction()];
  const removed = removedNumbers(given);
  if (removed.length && !confirm(`${removed.join(", ")} is called no more: his leads go to ${given.numbers[0].number}. Correct it?`)) return;
  attempt(event.submitter, async () => {
    try {
      const told = await call("PATCH", `/api/customers/${id}`, given);
      if (person?.id !== id) return; // another file was opened meanwhile
      draw(told);
      $("#correct").open = false;
      report("The file is corrected.");
    } catch (problem) {
      askWhetherShared(problem.kind === "known-customer");
      if (problem.kind === "changed-meanwhile") {
        const told = await get(`/api/customers/${id}`);
        if (person?.id === id) draw(told, drawMeanwhile);
      }
      throw problem;
    }
  });
});

// A promise is one until a moment.
const askForMoment = () => { $("#note-due").required = $("#note-kind").value === "promise"; };
$("#note-kind").addEventListener("change", askForMoment);
$("#note-form").addEventListener("reset", () => queueMicrotask(askForMoment));

send("#credit-form", "credit", ({ kind, agent_id, subject }) => ({ kind, agent_id, subject }));

$("#erase-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const { id, name, ref } = person;
  if (!confirm(`Erase ${name || ref} for good? Name, numbers, consents and notes are destroyed everywhere. There is no way back.`)) return;
  attempt(event.submitter, async () => {
    const gone = await post(`/api/customers/${id}/erase`, { ref: event.target.elements.ref.value });
    event.target.reset();
    if (gone.asked_at) {
      if (person?.id === id) draw(await get(`/api/customers/${id}`));
      return report(`${ref} is being called. He is erased as soon as the call is over.`);
    }
    list($("#found"), [], () => undefined);
    location.hash = "";
    report(`${ref} is erased.${stays(gone.kept_until, gone.kept_by)}`);
  });
});
