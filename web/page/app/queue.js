// The queue as its user sees it: of each lane what runs, then what waits, in the order of its turn.
// Pure; the server's rule is in actors/rules/lanes.py.

const isInQueue = ({ status }) => status === "running" || status === "queued";

// By priority, then in order of arrival, which is that of their making.
function byTurn(one, other) {
  if (one.priority !== other.priority) return other.priority - one.priority;
  return one.created_at < other.created_at ? -1 : one.created_at > other.created_at ? 1 : 0;
}

// [{lane, running, waiting}], those at work first, then by name.
function lanesOf(jobs) {
  const lanes = new Map();
  for (const job of jobs.filter(isInQueue)) {
    const lane = lanes.get(job.lane) ?? { lane: job.lane, running: [], waiting: [] };
    (job.status === "running" ? lane.running : lane.waiting).push(job);
    lanes.set(job.lane, lane);
  }
  for (const { running, waiting } of lanes.values()) {
    running.sort(byTurn);
    waiting.sort(byTurn);
  }
  const isIdle = ({ running }) => running.length === 0;
  const byName = (one, other) => one.lane.localeCompare(other.lane);
  return [...lanes.values()].sort(
    (one, other) => isIdle(one) - isIdle(other) || byName(one, other),
  );
}

// Job id -> its place in its lane: 1 is the next.
export function placesOf(jobs) {
  const places = lanesOf(jobs).flatMap(({ waiting }) => waiting.map(({ id }, at) => [id, at + 1]));
  return new Map(places);
}

// What stands in the list, one a row: a lane's head, `{lane, running, waiting}` with numbers, or
// `{job}`. `shown` are the jobs that the filters let through; the numbers are those of all.
export function queueOf(jobs, shown) {
  const ids = new Set(shown.map(({ id }) => id));
  return lanesOf(jobs).flatMap(({ lane, running, waiting }) => {
    const rows = [...running, ...waiting].filter(({ id }) => ids.has(id)).map((job) => ({ job }));
    const head = { lane, running: running.length, waiting: waiting.length };
    return rows.length === 0 ? [] : [head, ...rows];
  });
}
