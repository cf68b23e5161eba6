// Jobs whose addresses the user's own tabs open: which are at work, and which wait for a tab. Pure.
import { isActive } from "./job.js";

// The stage of a running job that no tab is there for, as the server says it.
const WAITS = "waits for a tab";

export const isTabJob = (job) => job.kind === "tab";
export const tabJobsAtWork = (jobs) => jobs.filter((job) => isTabJob(job) && isActive(job));
export const waitsForTab = (job) =>
  isTabJob(job) && job.status === "running" && job.progress.stage === WAITS;
