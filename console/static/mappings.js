// Saved column mappings on the manager's page: which one the next file is read by, in which encoding, and forgetting it.
import { attempt, get, post } from "./api.js";
import { $, list } from "./dom.js";

const choice = $("#saved-mapping");
const button = $("#forget-mapping");
const encoding = $("#encoding");
const found = encoding.options[0]; // nothing is said; then a saved mapping's encoding counts
const FIND_OUT = found.textContent;

let encodings = new Map(); // of saved mappings, by name

export const savedMapping = () => choice.value;

// What the next file is said to be written in: by the form, else by the chosen mapping; empty: it is found out.
export const encodingSaid = () => encoding.value || (encodings.get(choice.value) ?? "");

export async function drawMappings(wanted = choice.value) {
  offer((await get("/api/mappings")).mappings, wanted);
}

function offer(mappings, wanted) {
  encodings = new Map(mappings.map((one) => [one.name, one.encoding]));
  const known = encodings.has(wanted);
  list(choice, [new Option("none: guess them", ""), ...mappings.map((one) => new Option(one.name, one.name))], (one) => one);
  choice.value = known ? wanted : "";
  drawChosen();
}

function drawChosen() {
  button.hidden = choice.value === "";
  button.textContent = `Forget ${choice.value}`;
  const saved = encodings.get(choice.value);
  found.textContent = saved ? `${saved}, as saved` : FIND_OUT;
}

choice.addEventListener("change", () => {
  if (encodings.get(choice.value)) encoding.value = ""; // the mapping's own word counts again
  drawChosen();
});

button.addEventListener("click", () => {
  const name = choice.value;
  if (!confirm(`Forget the saved columns ${name}? Lists that were loaded by them stay as they are.`)) return;
  attempt(button, async () => offer((await post("/api/mappings/delete", { name })).mappings, ""));
});
