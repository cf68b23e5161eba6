// The costs of a job's tasks as they are drawn: bars, one for each task or for a few beside each
// other, and how they add up. What is drawn is rounded; what is written comes from the server. Pure.

export const MEASURES = ["usd", "tokens"];
const MOST_BARS = 120;

const valueOf = (task, measure) => (measure === "usd" ? Number(task.usd ?? 0) : task.tokens);

// What there is to be seen: money where any of it is known.
export const usualMeasure = (tasks) => (tasks.some(({ usd }) => Number(usd) > 0) ? "usd" : "tokens");

// Bars in their order: `{first, last, dir, value, total, unknown, failed}`, `total` being that of all
// up to it.
export function barsOf(tasks, measure) {
  const each = Math.max(1, Math.ceil(tasks.length / MOST_BARS));
  const bars = [];
  let total = 0;
  for (let at = 0; at < tasks.length; at += each) {
    const some = tasks.slice(at, at + each);
    const value = some.reduce((sum, task) => sum + valueOf(task, measure), 0);
    total += value;
    bars.push({
      first: some[0].index,
      last: some.at(-1).index,
      dir: some[0].dir,
      value,
      total,
      unknown: measure === "usd" && some.some(({ usd }) => usd === null),
      failed: some.some(({ status }) => status === "error" || status === "timeout"),
    });
  }
  return bars;
}

// A round figure at or above the largest value, and the steps up to it.
export function scaleOf(largest) {
  if (!(largest > 0)) return { top: 1, ticks: [0, 1] };
  const power = 10 ** Math.floor(Math.log10(largest));
  const top = [1, 2, 5, 10].map((by) => by * power).find((one) => one >= largest * 0.9999999);
  return { top, ticks: [0, top / 2, top] };
}
