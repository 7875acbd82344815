// Saved column mappings on the manager's page: which one the next file is read by, and forgetting it.
import { attempt, get, post } from "./api.js";
import { $, list } from "./dom.js";

const choice = $("#saved-mapping");
const button = $("#forget-mapping");

export const savedMapping = () => choice.value;

export async function drawMappings(wanted = choice.value) {
  offer((await get("/api/mappings")).mappings, wanted);
}

function offer(mappings, wanted) {
  const known = mappings.some((one) => one.name === wanted);
  list(choice, [new Option("none: guess them", ""), ...mappings.map((one) => new Option(one.name, one.name))], (one) => one);
  choice.value = known ? wanted : "";
  drawForget();
}

function drawForget() {
  button.hidden = choice.value === "";
  button.textContent = `Forget ${choice.value}`;
}

choice.addEventListener("change", drawForget);

button.addEventListener("click", () => {
  const name = choice.value;
  if (!confirm(`Forget the saved columns ${name}? Lists that were loaded by them stay as they are.`)) return;
  attempt(button, async () => offer((await post("/api/mappings/delete", { name })).mappings, ""));
});
