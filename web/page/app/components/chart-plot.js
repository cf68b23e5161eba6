// One chart of several that share their time axis and cursor: lines drawn by uPlot, and above them
// what they are and what they say at the cursor.
import { useEffect, useLayoutEffect, useRef } from "../../vendor/hooks.js";
import UPlot from "../../vendor/uplot.js";
import {
  barsOf,
  colours,
  dashOf,
  momentTicks,
  say,
  seriesOf,
  shade,
  ticksOf,
} from "../chart-look.js";
import { stacked } from "../charts.js";
import { html } from "../html.js";
import { t } from "../words.js";

const HEIGHT = 112;
const AXIS_PX = 26;
const GUTTER_PX = 64;
const ABOVE = 1.08; // so that the highest point is not cut

const BAR_SHARE = 0.8;
const BAR_MOST_PX = 24;

// Steps of an axis of things that are counted: there is no half of one.
const WHOLE_STEPS = [1, 2, 5]
  .flatMap((by) => Array.from({ length: 10 }, (_, at) => by * 10 ** at))
  .sort((one, other) => one - other);
const isCounted = ({ unit }) => unit === "count" || unit === "tokens";

// What is drawn of a chart, which for bars is not what its legend says.
const drawnOf = ({ bars, lines }) => (bars ? stacked(lines) : lines);
const dataOf = (chart, xs) => [xs, ...drawnOf(chart).map(({ values }) => values)];

function allSeries(chart, colour) {
  const bars = chart.bars && UPlot.paths.bars({ size: [BAR_SHARE, BAR_MOST_PX] });
  return drawnOf(chart).map((one) =>
    bars ? barsOf(one, colour, bars) : seriesOf(one, colour),
  );
}

// A line, or a bar, as its legend shows it: the dash as well as the colour.
function Swatch({ look, bars }) {
  const ends = bars ? { x1: 6, y1: 0, x2: 6, y2: 12 } : { x1: 0, y1: 6, x2: 22, y2: 6 };
  return html`<svg class="chart-swatch of-${look} ${bars ? "bars" : ""}" width=${bars ? 12 : 22}
    height="12" aria-hidden="true"><line ...${ends}
    stroke-dasharray=${dashOf(look).join(" ")} /></svg>`;
}

function Legend({ chart, place }) {
  if (chart.lines.length === 0)
    return html`<p class="small">${t(`chart.none.${chart.name}`)}</p>`;
  return html`<ul class="chart-legend">${chart.lines.map(
    ({
      name,
      look,
      values,
    }) => html`<li key=${name}><${Swatch} look=${look} bars=${chart.bars} />
      <span>${t(`chart.line.${name}`)}</span>
      <b class="num">${place === null ? "" : say(chart.unit, values[place])}</b></li>`,
  )}</ul>`;
}

function axesOf(chart, colour, isLast) {
  const look = { stroke: colour("--muted"), font: `11px ${colour("--font")}` };
  const quiet = { stroke: colour("--line"), width: 1 };
  const time = {
    ...look,
    grid: quiet,
    ticks: { show: false },
    size: isLast ? AXIS_PX : 4,
    space: 72,
    values: isLast ? momentTicks : (_, splits) => splits.map(() => ""),
  };
  const values = {
    ...look,
    grid: quiet,
    ticks: { show: false },
    size: GUTTER_PX,
    gap: 6,
    space: 28,
    values: ticksOf(chart.unit),
    ...(isCounted(chart) ? { incrs: WHOLE_STEPS } : {}),
  };
  return [time, values];
}

// What uPlot is told of a chart. `now()` gives what is shown at this moment: it is asked at each
// drawing, so that new data needs no new chart.
function optionsOf(chart, now, width, isLast, colour, hear) {
  const draw = (plot) => shade(plot, { ...now(), colour });
  const select = (plot) => {
    const { left, width: wide } = plot.select;
    if (wide < 4) return;
    const ends = [left, left + wide].map((at) => plot.posToVal(at, "x"));
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    hear.range(...ends);
  };
  const top = (plot, low, high) => [
    0,
    high > 0 ? (isCounted(chart) ? Math.max(1, high) : high) * ABOVE : 1,
  ];
  return {
    width,
    height: HEIGHT + (isLast ? AXIS_PX : 4),
    padding: [6, 12, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      sync: { key: hear.key, setSeries: false, scales: ["x", null] },
      drag: { x: true, y: false, setScale: false },
      points: { size: 6, show: !chart.bars },
    },
    scales: { x: { time: true, range: () => now().range }, y: { range: top } },
    axes: axesOf(chart, colour, isLast),
    series: [{}, ...allSeries(chart, colour)],
    hooks: { drawAxes: [draw], setSelect: [select], setCursor: [(plot) => hear.cursor(plot)] },
  };
}

// `shown` is `{xs, gaps, open, until, range}`; `hear` is `{key, cursor(plot), range(from, to),
// made(plot), gone(plot)}`, the same for as long as the tab is open.
export function ChartPlot({ chart, shown, width, isLast, place, look, hear }) {
  const box = useRef(null);
  const plot = useRef(null);
  const latest = useRef(shown);
  latest.current = shown;
  const lines = chart.lines.map(({ name }) => name).join(" ");
  useLayoutEffect(() => {
    const now = () => latest.current;
    const options = optionsOf(chart, now, width, isLast, colours(box.current), hear);
    plot.current = new UPlot(options, dataOf(chart, shown.xs), box.current);
    hear.made(plot.current);
    return () => {
      hear.gone(plot.current);
      plot.current.destroy();
    };
    // Anew only where it would look otherwise: new figures are handed to the one that is there.
  }, [chart.name, chart.unit, lines, isLast, look]);
  useEffect(() => {
    plot.current.setData(dataOf(chart, shown.xs));
  }, [shown]);
  useEffect(() => {
    if (plot.current.width !== width)
      plot.current.setSize({ width, height: plot.current.height });
  }, [width]);
  return html`<figure class="chart" data-chart=${chart.name}>
    <figcaption><h2>${t(`chart.${chart.name}`)}</h2><${Legend} chart=${chart} place=${place} /></figcaption>
    <div ref=${box} class="plot" aria-hidden="true"></div></figure>`;
}
