// Correcting a customer's file: what is said of him, and his numbers in their order. Sends what is different.
import { $, list } from "./dom.js";

const form = $("#correct-form");
const rows = $("#correct-numbers");
const TEXTS = ["name", "title", "ref", "language", "country", "region"];

let person = null;
let version = "";

const numbersOf = ({ numbers, kinds }) => numbers.map((number) => ({ number, kind: kinds[number] ?? "other" }));
const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export function drawCorrection(file, other) {
  person = null; // nothing of what was typed stays
  drawMeanwhile(file);
  if (other) $("#correct").open = false;
  askWhetherShared(false);
}

// What somebody else has changed is shown as it is now; whatever else was typed stays, to be sent again.
export function drawMeanwhile({ customer, version: now }) {
  const was = person;
  for (const name of TEXTS) if (customer[name] !== was?.[name]) form.elements[name].value = customer[name];
  if (customer.own_zone !== was?.own_zone) form.elements.zone.value = customer.own_zone;
  if (!was || !isSame(numbersOf(customer), numbersOf(was))) list(rows, numbersOf(customer), numberRow);
  [person, version] = [customer, now];
  order();
}

export const askWhetherShared = (asked) => {
  $("#correct-shared").hidden = !asked;
  if (!asked) form.elements.allow_shared.checked = false;
};

// What is different from what was shown, and which version that was.
export function correction() {
  const given = {};
  for (const name of TEXTS) if (form.elements[name].value.trim() !== person[name]) given[name] = form.elements[name].value.trim();
  if (form.elements.zone.value.trim() !== person.own_zone) given.zone = form.elements.zone.value.trim();
  const numbers = [...rows.children].map((row) => ({ number: $("input", row).value.trim(), kind: $("select", row).value })).filter((one) => one.number);
  if (!isSame(numbers, numbersOf(person))) given.numbers = numbers;
  return { ...given, version, allow_shared: form.elements.allow_shared.checked };
}

export const removedNumbers = ({ numbers }) => (numbers ? person.numbers.filter((number) => numbers.every((one) => one.number !== number)) : []);

function numberRow({ number, kind }) {
  const row = $("#correct-number").content.firstElementChild.cloneNode(true);
  $("input", row).value = number;
  $("select", row).value = kind;
  $('[value="up"]', row).onclick = () => {
    row.previousElementSibling?.before(row);
    order();
    $("input", row).focus();
  };
  $('[value="remove"]', row).onclick = () => {
    row.remove();
    order();
    $("#correct-add").focus();
  };
  return row;
}

// The first one is called; the others are named by their place, for whoever does not see them.
function order() {
  [...rows.children].forEach((row, at) => {
    $("input", row).setAttribute("aria-label", `Number ${at + 1}`);
    $("select", row).setAttribute("aria-label", `Kind of number ${at + 1}`);
    $('[value="up"]', row).disabled = at === 0;
    $('[value="up"]', row).setAttribute("aria-label", `Put number ${at + 1} one up`);
    $('[value="remove"]', row).disabled = rows.children.length === 1;
    $('[value="remove"]', row).setAttribute("aria-label", `Take number ${at + 1} away`);
  });
}

$("#correct-add").addEventListener("click", () => {
  const row = numberRow({ number: "", kind: "other" });
  rows.append(row);
  order();
  $("input", row).focus();
});
rows.addEventListener("input", () => askWhetherShared(false));
