// The ledger on the manager's page: its end, and checking all of it.
import { attempt, get } from "./api.js";
import { $, count } from "./dom.js";

$("#ledger").addEventListener("toggle", () => {
  if ($("#ledger").open) attempt(null, drawHead);
});

async function drawHead() {
  const head = await get("/api/ledger/head");
  $("#ledger-head").textContent = `${head.n}:${head.hash}`;
}

$("#ledger-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const kept = event.target.elements.head.value.trim();
  const result = $("#ledger-result");
  attempt(event.submitter, async () => {
    result.className = "dim";
    result.textContent = "Reading it all: a minute for a million entries …";
    let told = null;
    try {
      told = await get(`/api/ledger/verify${kept ? `?head=${encodeURIComponent(kept)}` : ""}`);
    } finally {
      result.textContent = "";
    }
    result.className = told.ok ? "good" : "bad";
    result.textContent = told.ok
      ? `It holds: ${count(told.entries, "entry")} and ${count(told.calls, "call")} are right.`
      : `It does not hold${told.fault.n ? ` at entry ${told.fault.n}` : ""}: ${told.fault.detail}`;
    $("#ledger-head").textContent = `${told.head.n}:${told.head.hash}`;
  });
});
