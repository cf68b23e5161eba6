// Which jobs wait for somebody: they have stopped and do not go on well by themselves. What was
// looked at is put with the others, and remembered by this browser.
import { signal } from "../vendor/signals.js";
import { isOver } from "./job.js";

const STORE_KEY = "nightdesk.seen";
const KEPT_MOST = 500;
const FRESH_MS = 24 * 3600 * 1000;
const BROKEN = new Set(["failed", "partially_completed"]);

// Storage is refused in some private windows; what was looked at is then known as long as the page.
function stored() {
  try {
    return new Map(Object.entries(JSON.parse(window.localStorage.getItem(STORE_KEY)) ?? {}));
  } catch {
    return new Map();
  }
}

function store(seen) {
  try {
    window.localStorage.setItem(STORE_KEY, JSON.stringify(Object.fromEntries(seen)));
  } catch {
    // See above.
  }
}

// Job id -> the end of it that was looked at: one that fails again needs somebody again.
export const seen = signal(stored());

export function markSeen(job) {
  const newest = [...seen.peek(), [job.id, job.ended_at]].slice(-KEPT_MOST);
  seen.value = new Map(newest);
  store(seen.value);
}

// What ended with failures, for a day; what was paused by anything but its user.
export function needsSomebody(job) {
  if (job.status === "paused") return job.reason !== null && job.reason !== "user";
  if (!BROKEN.has(job.status) || seen.value.get(job.id) === job.ended_at) return false;
  return Date.now() - Date.parse(job.ended_at) < FRESH_MS;
}

// The group of the list that a job stands in. What its user has paused stays where it was.
export function groupOf(job, isAsked = true) {
  if (isAsked && needsSomebody(job)) return "needs";
  if (isOver(job)) return "over";
  return job.status === "running" || job.status === "paused" ? "work" : "waits";
}

export const GROUPS = ["needs", "work", "waits", "over"];
