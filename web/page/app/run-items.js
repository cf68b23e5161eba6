// How the journeys of one run stand, by their ids, and what the items at work are called.
import { useState } from "../vendor/hooks.js";
import { usePage } from "./page.js";
import { atWork } from "./run.js";
import { useThrottled } from "./throttle.js";

const READ_AT_MOST = 100;
const REFRESH_MS = 2000;
// What ended well says so by being completed; its outcome may be long and is not read here.
const STATUSES = ["failed", "skipped", "pending"];

const NONE = { byId: new Map(), names: new Map() };

function read(rows) {
  const byId = new Map(rows.filter(({ id }) => id).map((row) => [row.id, row]));
  const names = new Map(rows.map(({ index, name, url }) => [index, name || url]));
  return { byId, names };
}

// `statuses` are the endings that are asked for; names need only `pending`.
export function useRunItems(job, statuses = STATUSES) {
  const { api } = usePage();
  const [found, setFound] = useState({ of: null, ...NONE });
  const ask = async () => {
    if (job === null) return;
    const query = (status) => api.items(job.id, { status, offset: 0, limit: READ_AT_MOST });
    try {
      const pages = await Promise.all(statuses.map(query));
      setFound({ of: job.id, ...read(pages.flatMap(({ items }) => items)) });
    } catch (error) {
      if (!error.code) throw error; // it is asked for again with the next change
    }
  };
  const working = job && atWork(job).map(({ index }) => index);
  const state = job && `${job.id} ${job.counts.done} ${job.status} ${working}`;
  useThrottled(ask, state, REFRESH_MS);
  return job !== null && found.of === job.id ? found : NONE;
}
