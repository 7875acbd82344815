// The list of desks: only says whether the switch works.
import { get, listen, showLine } from "./api.js";

await get("/api/me");
listen("/api/events", { counters: (c) => showLine(c.switch_up ? "Switch works" : "Switch is down", c.switch_up ? "good" : "bad") },
  (up) => { if (!up) showLine("No connection", "bad"); });
