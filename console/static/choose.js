// The list of desks: only says whether the switch works.
import { followCounters, get } from "./api.js";

await get("/api/me");
followCounters("/api/events");
