// What a job's JSON means: pure functions over one job, shared by the list, the job's page and the
// tab's title.
import { LANE, atWork } from "./run.js";

export const TERMINAL = new Set(["completed", "partially_completed", "failed", "cancelled"]);
const WAITING = new Set(["pending", "queued", "scheduled"]);

export const isOver = (job) => TERMINAL.has(job.status);
export const isActive = (job) => job.status === "running" || job.status === "queued";

// The list's filters, in the order in which one looks for trouble.
export const FILTERS = [
  ["all", () => true],
  ["queue", isActive],
  ["running", (job) => job.status === "running"],
  ["waiting", (job) => WAITING.has(job.status)],
  ["paused", (job) => job.status === "paused"],
  ["failures", (job) => job.counts.failed > 0 || job.status === "failed"],
  ["completed", (job) => job.status === "completed"],
  ["cancelled", (job) => job.status === "cancelled"],
];

// What `retry` would run again: what failed, and what never got its turn.
export const unfinished = ({ counts }) => counts.total - counts.ok - counts.skipped;

export function percent(job) {
  const { total, done } = job.counts;
  return total === 0 ? 0 : Math.floor((done / total) * 1000) / 10;
}

// What is in flight: an item takes its place in the bar, a journey as much of it as it has gone.
function inFlight(job) {
  if (job.status !== "running") return 0;
  if (job.kind !== "visit") return job.progress.in_flight;
  return atWork(job).reduce((sum, item) => sum + item.percent / 100, 0);
}

// Shares of the bar, in percent of the total. What is in flight is drawn after what is done.
export function segments(job) {
  const { total, ok, failed, skipped } = job.counts;
  if (total === 0) return [];
  const flying = Math.min(inFlight(job), total - ok - failed - skipped);
  const parts = [
    ["ok", ok],
    ["failed", failed],
    ["skipped", skipped],
    ["flying", flying],
  ];
  return parts.filter(([, n]) => n > 0).map(([name, n]) => [name, (n / total) * 100]);
}

// The one thing to do next: pause | resume | start | retry | download.
export function primaryAction(job) {
  if (job.status === "pending") return "start";
  if (isActive(job) || job.status === "scheduled") return "pause";
  if (job.status === "paused") return "resume";
  return unfinished(job) > 0 ? "retry" : "download";
}

// A run of the desk's journeys is begun by the journeys, which may be others by now.
function isPossible(job, action) {
  if (action === "download") return !job.schedule;
  return !["repeat", "again"].includes(action) || job.lane !== LANE;
}

// Everything else that makes sense now, in the menu's order. A running job exports what it has; what
// a scheduled one does stands in the jobs of its passes.
export function otherActions(job) {
  const all = isOver(job)
    ? ["download", "repeat", "again", "delete"]
    : ["download", "again", "cancel", "delete"];
  const has = (action) => isPossible(job, action);
  return all.filter((action) => action !== primaryAction(job) && has(action));
}

// `retry` names what it takes: "12 failed", or "40 unfinished" where some never ran.
export const retryKey = (job) =>
  job.counts.failed === unfinished(job) ? "failed" : "unfinished";
