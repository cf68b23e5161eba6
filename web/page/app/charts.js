// What the charts of a job draw: its series, as columns over time. Pure functions over the answers of
// the server; times here are seconds since the epoch, as uPlot has them.

export const ERRORS = ["429", "4xx", "5xx", "timeout", "connection", "other"];
// Kinds whose items are answers of a site: how long they took is a response's time.
const ANSWERED = ["fetch", "crawl", "tab"];
// Of a bucket that is not over a rate says something once so much of it is.
const ENOUGH = 0.25;
const POINTS_STEP = 60;
const POINT_PX = 4;
const POINTS_MOST = 480;

export const seconds = (iso) => Date.parse(iso) / 1000;
export const isoOf = (at) => new Date(Math.round(at * 1000)).toISOString();

const inSteps = (points) =>
  Math.max(POINTS_STEP, Math.ceil(points / POINTS_STEP) * POINTS_STEP);

// How many buckets a chart of that width asks for, of a time of so many seconds: no more than one a
// second, in steps, so that a few pixels or seconds more ask for nothing new.
export const pointsFor = (width, lasted) =>
  Math.min(POINTS_MOST, inSteps(width / POINT_PX), inSteps(lasted));

const endings = ({ ok, failed, skipped, lost }) => ok + failed + skipped + lost;

// The newest answer laid over what was known; null where they do not fit, and all must be read anew.
export function merged(known, news, since) {
  if (known.width_s !== news.width_s || known.from !== news.from) return null;
  const buckets = [...known.buckets.filter(({ at }) => at < since), ...news.buckets];
  const sum = buckets.reduce((n, bucket) => n + endings(bucket), 0);
  return sum === endings(news.total) ? { ...news, buckets } : null;
}

// Whether that moment is in a gap, and which. `to` is null while it lasts.
export const gapAt = (gaps, at) =>
  gaps.find((gap) => seconds(gap.from) <= at && (gap.to === null || at < seconds(gap.to))) ??
  null;

// The gaps that are seen between two moments, as `{from, to, reason}` in seconds.
export function gapsWithin(gaps, from, to) {
  return gaps
    .map(({ from: since, to: until, reason }) => ({
      from: Math.max(from, seconds(since)),
      to: until === null ? to : Math.min(to, seconds(until)),
      reason,
    }))
    .filter((gap) => gap.to > gap.from);
}

function emptyBucket(at) {
  return {
    at,
    ok: 0,
    failed: 0,
    skipped: 0,
    lost: 0,
    errors: {},
    duration_ms: null,
    bytes: 0,
    usd: "0",
    tokens: 0,
  };
}

// Every bucket from the first to the last, also those in which nothing happened; of these, whole ones
// that lie in a gap are null.
function everyBucket(series, gaps, until) {
  const { width_s: width } = series;
  const from = seconds(series.from);
  const end = Math.min(seconds(series.to), Math.max(until, from + width));
  const known = new Map(
    series.buckets.map((bucket) => [Math.round(seconds(bucket.at) / width), bucket]),
  );
  const found = [];
  for (let place = Math.round(from / width); place * width < end; place += 1) {
    const at = place * width;
    const bucket = known.get(place);
    const gap = gapAt(gaps, at) !== null && gapAt(gaps, at + width - 0.001) !== null;
    found.push({ at, bucket: bucket ?? (gap ? null : emptyBucket(at)) });
  }
  return found;
}

// `{xs, width, rows, open}`: the middle of each bucket, and what happened in it (null in a gap).
// `open` is from when on the newest bucket is not over, or null. `until` is now, or the job's end.
export function rowsOf(series, gaps, until) {
  const width = series.width_s;
  const all = everyBucket(series, gaps, until);
  const last = all.at(-1);
  const isOpen = series.growing && last && last.at + width > until;
  const rows = all.map(({ at, bucket }) => ({ at, bucket, share: 1 }));
  if (isOpen) rows.at(-1).share = Math.max(0, Math.min(1, (until - last.at) / width));
  return {
    xs: all.map(({ at }) => at + width / 2),
    width,
    rows,
    open: isOpen ? last.at : null,
  };
}

const rateOf = (n, { share }, width) => (share < ENOUGH ? null : n / (width * share));
const column = (rows, value) => rows.map((row) => (row.bucket === null ? null : value(row)));

// One line of a chart: `name` is its word, `look` its colour and dash in the style sheet.
const line = (name, look, values) => ({ name, look, values });
const has = (values) => values.some((value) => value > 0);

export function rateLines({ rows, width }) {
  const per = (name) => column(rows, (row) => rateOf(row.bucket[name], row, width));
  const failed = per("failed");
  const skipped = per("skipped");
  return [
    line("ok", "ok", per("ok")),
    line("failed", "failed", failed),
    ...(has(skipped) ? [line("skipped", "skipped", skipped)] : []),
  ];
}

export function timeLines({ rows }) {
  // Where nothing ended, the line goes on to where something did: that is no gap (uPlot's null).
  const of = (name) => column(rows, ({ bucket }) => bucket.duration_ms?.[name]);
  return [line("median", "median", of("median")), line("p95", "p95", of("p95"))];
}

export function errorLines({ rows }) {
  return ERRORS.map((name) =>
    line(
      name,
      `e${name}`,
      column(rows, ({ bucket }) => bucket.errors[name] ?? 0),
    ),
  ).filter(({ values }) => has(values));
}

// Lines one on top of the other, as bars are drawn: the topmost, which has the sum of all, is first.
export function stacked(lines) {
  let below = null;
  const sums = lines.map(({ values }) => {
    below = values.map((value, place) => (value ?? 0) + (below?.[place] ?? 0));
    return below;
  });
  const seen = ({ values }, sum) => sum.map((value, place) => (values[place] ? value : null));
  return lines.map((line, at) => ({ ...line, values: seen(line, sums[at]) })).reverse();
}

// What calls of models have cost, added up; where nobody knows a price, their tokens.
export function costLines({ rows }, total) {
  const name = Number(total.usd) > 0 ? "usd" : "tokens";
  let sum = 0;
  const values = column(rows, ({ bucket }) => (sum += Number(bucket[name])));
  return [line(name, "cost", values)];
}

export function byteLines({ rows, width }) {
  return [
    line(
      "bytes",
      "bytes",
      column(rows, (row) => rateOf(row.bucket.bytes, row, width)),
    ),
  ];
}

// The charts that say something of this job, from above: `{name, lines, unit, bars}`.
export function chartsOf(job, series, drawn) {
  const { total } = series;
  const charts = [
    { name: "rate", unit: "rate", lines: rateLines(drawn) },
    {
      name: ANSWERED.includes(job.kind) ? "response" : "time",
      unit: "ms",
      lines: timeLines(drawn),
    },
    { name: "errors", unit: "count", lines: errorLines(drawn), bars: true },
  ];
  if (Number(total.usd) > 0 || total.tokens > 0) {
    const lines = costLines(drawn, total);
    charts.push({ name: "cost", unit: lines[0].name, lines });
  } else if (total.bytes > 0) {
    charts.push({ name: "bytes", unit: "bytes", lines: byteLines(drawn) });
  }
  return charts;
}
