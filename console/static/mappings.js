// Saved column mappings on the manager's page: which one the next file is read by, how that is written, and forgetting it.
import { attempt, get, post } from "./api.js";
import { $, list } from "./dom.js";

const choice = $("#saved-mapping");
const button = $("#forget-mapping");
const encoding = $("#encoding");
const order = $("#date-order");
const FIND_OUT = encoding.options[0].textContent; // nothing is said; then the saved mapping's own word counts

let saved = new Map(); // mappings by name

export const savedMapping = () => choice.value;

// How the next file is said to be written: by the form, else by the chosen mapping; empty: it is found out.
export const encodingSaid = () => encoding.value || (saved.get(choice.value)?.encoding ?? "");
export const dateOrderSaid = () => order.value || (saved.get(choice.value)?.date_order ?? "");

export async function drawMappings(wanted = choice.value) {
  offer((await get("/api/mappings")).mappings, wanted);
}

function offer(mappings, wanted) {
  saved = new Map(mappings.map((one) => [one.name, one]));
  const known = saved.has(wanted);
  list(choice, [new Option("none: guess them", ""), ...mappings.map((one) => new Option(one.name, one.name))], (one) => one);
  choice.value = known ? wanted : "";
  drawChosen();
}

function drawChosen() {
  button.hidden = choice.value === "";
  button.textContent = `Forget ${choice.value}`;
  const mapping = saved.get(choice.value);
  encoding.options[0].textContent = mapping?.encoding ? `${mapping.encoding}, as saved` : FIND_OUT;
  const first = [...order.options].find((one) => one.value && one.value === mapping?.date_order);
  order.options[0].textContent = first ? `${first.textContent}, as saved` : FIND_OUT;
}

choice.addEventListener("change", () => {
  // The mapping's own words count again.
  if (saved.get(choice.value)?.encoding) encoding.value = "";
  if (saved.get(choice.value)?.date_order) order.value = "";
  drawChosen();
});

button.addEventListener("click", () => {
  const name = choice.value;
  if (!confirm(`Forget the saved columns ${name}? Lists that were loaded by them stay as they are.`)) return;
  attempt(button, async () => offer((await post("/api/mappings/delete", { name })).mappings, ""));
});
