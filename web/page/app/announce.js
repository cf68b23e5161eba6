// Says what became of jobs to those who listen: status changes, never ticks.
import { effect } from "../vendor/signals.js";
import { t } from "./words.js";

const NAMED_AT_ONCE = 3;

export function startAnnouncing(desk, notices) {
  let known = null; // job id -> status, as last seen; null before the first snapshot
  effect(() => {
    if (!desk.loaded.value) return;
    const jobs = desk.jobs.value;
    const changed = known === null ? [] : jobs.filter((job) => known.get(job.id) !== job.status);
    known = new Map(jobs.map((job) => [job.id, job.status]));
    if (changed.length > 0) notices.say(sentence(changed));
  });
}

function sentence(changed) {
  if (changed.length > NAMED_AT_ONCE) return t("say.many", { n: changed.length });
  const parts = changed.map((job) =>
    t("say.job", { name: job.name, status: t(`status.${job.status}`) }),
  );
  return parts.join(" ");
}
