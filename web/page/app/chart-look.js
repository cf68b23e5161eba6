// How charts look and what their figures say: colours from the style sheet, ticks in the user's
// language, gaps and the bucket that is not over as stripes. For `components/chart-plot.js`.
import { money } from "./agent-money.js";
import { gapsWithin } from "./charts.js";
import {
  bytes,
  clock,
  duration,
  exactTime,
  fullTime,
  has,
  number,
  rate,
  soonTime,
  t,
} from "./words.js";

// Lines differ by dash as well as by colour: `[colour variable, dash, width]`. Bars that would have a
// dash are striped.
const LOOKS = {
  ok: ["--ok", [], 2],
  failed: ["--failed", [6, 3], 2],
  skipped: ["--skipped", [2, 3], 2],
  median: ["--running", [], 2],
  p95: ["--paused", [6, 3], 1.5],
  e429: ["--paused", [], 2],
  e4xx: ["--failed", [3, 3], 2],
  e5xx: ["--failed", [], 2],
  etimeout: ["--running", [3, 3], 2],
  econnection: ["--running", [], 2],
  eother: ["--waiting", [3, 3], 2],
  cost: ["--running", [], 2],
  bytes: ["--ok", [], 2],
};
const FILLED = ["ok", "cost", "bytes"];
const STRIPE_PX = 7;
const BESIDE_PX = 4; // what a word in a gap keeps from its ends
const HALF_DAY_S = 43200;
const MINUTES_S = 600;

export const dashOf = (look) => LOOKS[look][1];

// What a style sheet has by that name, at this moment: light and dark differ.
export function colours(element) {
  const style = getComputedStyle(element);
  return (name) => style.getPropertyValue(name).trim();
}

// The style sheet has them as #rrggbb.
const translucent = (colour, percent) =>
  `${colour}${Math.round(percent * 2.55)
    .toString(16)
    .padStart(2, "0")}`;

// Whether there is another figure on that side, before a gap or the end.
function goesOn(values, from, step) {
  let place = from + step;
  while (place >= 0 && place < values.length && values[place] === undefined) place += step;
  return Number.isFinite(values[place]);
}

// A uPlot series of one line.
export function seriesOf({ name, look, values }, colour) {
  const [variable, dash, width] = LOOKS[look];
  const stroke = colour(variable);
  const filled = FILLED.includes(look) ? { fill: translucent(stroke, 14) } : {};
  // One that stands between gaps would have no line to be seen by.
  const isAlone = (place) =>
    Number.isFinite(values[place]) && !goesOn(values, place, -1) && !goesOn(values, place, 1);
  const filter = () => values.flatMap((_, place) => (isAlone(place) ? [place] : []));
  const points = { show: true, filter, size: 5, fill: stroke, stroke };
  return { label: name, stroke, dash, width, points, spanGaps: false, ...filled };
}

function striped(colour, ground) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6 * devicePixelRatio;
  const context = tile.getContext("2d");
  context.fillStyle = ground;
  context.fillRect(0, 0, tile.width, tile.height);
  context.fillStyle = colour;
  context.fillRect(0, 0, tile.width, tile.height / 2);
  return context.createPattern(tile, "repeat");
}

// The same of bars; `paths` is how uPlot draws them.
export function barsOf({ name, look }, colour, paths) {
  const [variable, dash] = LOOKS[look];
  const full = colour(variable);
  const fill = dash.length > 0 ? striped(full, colour("--surface")) : full;
  return {
    label: name,
    paths,
    fill: () => fill,
    stroke: full,
    width: 0,
    points: { show: false },
  };
}

// A figure of a chart in its unit, as the legend and the numbers say it.
export function say(unit, value) {
  if (value === null || value === undefined) return "–";
  if (unit === "rate") return t("chart.per_s", { n: rate(value) });
  if (unit === "ms") return duration(value);
  if (unit === "usd") return money(value);
  if (unit === "bytes") return t("chart.per_s", { n: bytes(Math.round(value)) });
  return number(value);
}

// The same on an axis, where the unit stands above.
function tick(unit, value) {
  if (unit === "usd") return money(value);
  if (unit === "ms") return duration(value);
  if (unit === "bytes") return bytes(Math.round(value));
  return value !== 0 && value < 10 && !Number.isInteger(value) ? rate(value) : number(value);
}

export const ticksOf = (unit) => (plot, splits) => splits.map((value) => tick(unit, value));

// A moment as short as the range that is shown allows.
export function momentTicks(plot, splits) {
  const { min, max } = plot.scales.x;
  const say = max - min < MINUTES_S ? exactTime : clock;
  if (max - min < HALF_DAY_S) return splits.map((at) => say(at * 1000));
  return splits.map((at) => soonTime(at * 1000, max * 1000));
}

// When a bucket of that width begins; to the thousandth where seconds would not tell two apart.
export function momentOf(at, width) {
  const said = fullTime(at * 1000);
  return width < 1 ? `${said}.${String(Math.round((at % 1) * 1000)).padStart(3, "0")}` : said;
}

function stripes(context, box, colour) {
  const { left, top, width, height } = box;
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = left - height; at < left + width; at += STRIPE_PX * devicePixelRatio) {
    context.moveTo(at, top + height);
    context.lineTo(at + height, top);
  }
  context.stroke();
  context.restore();
}

// Why a job was not at work.
export const reasonOf = (reason) =>
  has(`chart.gap.${reason}`) ? t(`chart.gap.${reason}`) : reason;

// What is drawn below the lines: times without work, and the bucket that is not over.
export function shade(plot, { gaps, open, until, colour }) {
  const { ctx: context, bbox } = plot;
  const { min, max } = plot.scales.x;
  const box = (from, to) => {
    const left = plot.valToPos(Math.max(min, from), "x", true);
    return {
      left,
      top: bbox.top,
      width: plot.valToPos(Math.min(max, to), "x", true) - left,
      height: bbox.height,
    };
  };
  for (const gap of gapsWithin(gaps, min, max)) {
    const place = box(gap.from, gap.to);
    context.fillStyle = translucent(colour("--waiting"), 10);
    context.fillRect(place.left, place.top, place.width, place.height);
    stripes(context, place, translucent(colour("--waiting"), 30));
    const word = reasonOf(gap.reason);
    context.save();
    context.fillStyle = colour("--muted");
    context.font = `${11 * devicePixelRatio}px ${colour("--font")}`;
    context.textAlign = "center";
    context.textBaseline = "top";
    // Where there is no room for it, the cursor says it.
    if (context.measureText(word).width + 2 * BESIDE_PX * devicePixelRatio <= place.width) {
      context.fillText(word, place.left + place.width / 2, place.top + BESIDE_PX);
    }
    context.restore();
  }
  if (open !== null && open < max)
    stripes(context, box(open, until), translucent(colour("--running"), 45));
}
