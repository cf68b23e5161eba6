// A job over time: its rate, its times, its errors and its costs, one above the other on one time
// axis. What the cursor is at is said above; to drag is to look closer.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "../../vendor/hooks.js";
import { Series } from "../charts-data.js";
import { chartsOf, gapAt, isoOf, pointsFor, rowsOf, seconds } from "../charts.js";
import { momentOf, reasonOf, say } from "../chart-look.js";
import { html } from "../html.js";
import { isOver } from "../job.js";
import { now, onOurClock } from "../now.js";
import { usePage } from "../page.js";
import { useThrottled } from "../throttle.js";
import { fullTime, language, t } from "../words.js";
import { ChartNumbers } from "./chart-numbers.js";
import { ChartPlot } from "./chart-plot.js";
import { PageLink } from "./parts.js";

const REFRESH_MS = 1000;
const NARROWEST = 240;
const PAGE_STEPS = 10;

function useWidth(ref) {
  const [width, setWidth] = useState(null);
  useLayoutEffect(() => {
    const read = () => setWidth(Math.max(NARROWEST, Math.floor(ref.current.clientWidth)));
    const observer = new ResizeObserver(read);
    observer.observe(ref.current);
    read();
    return () => observer.disconnect();
  }, []);
  return width;
}

// Another look of the page means other colours on the canvas: a number that changes with it.
function useLook() {
  const [look, setLook] = useState(0);
  useEffect(() => {
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const changed = () => setLook((before) => before + 1);
    dark.addEventListener("change", changed);
    return () => dark.removeEventListener("change", changed);
  }, []);
  return `${look} ${language.value} ${window.devicePixelRatio}`;
}

// The charts that are there, and the place among the buckets that the cursor is at: one for all.
function useCursor(onRange) {
  const [place, setPlace] = useState(null);
  const range = useRef(onRange);
  range.current = onRange;
  const hear = useMemo(() => {
    const plots = new Set();
    return {
      key: "charts",
      plots,
      made: (plot) => plots.add(plot),
      gone: (plot) => plots.delete(plot),
      // What was pointed at last stays said: a finger is gone when the figures are read.
      cursor: (plot) => Number.isInteger(plot.cursor.idx) && setPlace(plot.cursor.idx),
      range: (...ends) => range.current(...ends),
    };
  }, []);
  // By the keyboard: every chart is told, so that each draws its line there.
  const moveTo = (to) => {
    for (const plot of hear.plots) {
      const left = plot.valToPos(plot.data[0][to], "x");
      plot.setCursor({ left, top: 1 }, false, false);
    }
    setPlace(to);
  };
  return { place, hear, moveTo, leave: () => setPlace(null) };
}

// Why there is nothing at that moment.
const idleAt = (gaps, at) => reasonOf(gapAt(gaps, at)?.reason ?? "waiting");

// What all charts say of one bucket, in one sentence.
function saidOf(charts, drawn, gaps, place) {
  const { at, bucket } = drawn.rows[place];
  const when = momentOf(at, drawn.width);
  if (bucket === null) return `${when}: ${idleAt(gaps, at)}`;
  const figures = charts.flatMap(({ lines, unit }) =>
    lines.map(({ name, values }) => `${t(`chart.line.${name}`)} ${say(unit, values[place])}`),
  );
  const open = at === drawn.open ? ` (${t("chart.open")})` : "";
  return `${when}${open}: ${figures.join(", ")}`;
}

const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -PAGE_STEPS, PageDown: PAGE_STEPS };

// Where the cursor is, as a slider that the keyboard moves; it says all figures of that moment.
function Moment({ charts, drawn, gaps, cursor, closer, all }) {
  const last = drawn.xs.length - 1;
  const place = cursor.place === null ? null : Math.min(cursor.place, last);
  const press = (event) => {
    const from = place ?? last;
    const to =
      { Home: 0, End: last }[event.key] ??
      (event.key in STEPS ? from + STEPS[event.key] : null);
    if (to !== null) cursor.moveTo(Math.max(0, Math.min(last, to)));
    else if (event.key === "Enter" && place !== null) closer(place);
    else if (event.key === "Escape" && all) all();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const shown = place === null ? null : drawn.rows[place];
  const said = place === null ? t("chart.moment.none") : saidOf(charts, drawn, gaps, place);
  return html`<div class="chart-moment num" role="slider" tabindex="0" aria-label=${t("chart.moment")}
    aria-valuemin="0" aria-valuemax=${last} aria-valuenow=${place ?? last} aria-valuetext=${said}
    aria-keyshortcuts="Enter" onKeyDown=${press}>
    ${shown === null ? t("chart.moment.none") : momentOf(shown.at, drawn.width)}
    ${shown?.bucket === null && ` · ${idleAt(gaps, shown.at)}`}
    ${shown && shown.at === drawn.open && html` <em>${t("chart.open")}</em>`}</div>`;
}

// What is shown of the job's life, and the ways to more and less of it.
function Bar({ job, series, part, numbers, setNumbers, all }) {
  const { route } = usePage();
  const items =
    part && route.toJob(job.id, `items?ended_from=${part.from}&ended_to=${part.to}`);
  return html`<div class="chart-bar">
    <p class="small">${
      part
        ? t("chart.part", { from: fullTime(series.from), to: fullTime(series.to) })
        : t("chart.closer")
    }</p>
    ${part && html`<button type="button" class="button" onClick=${all}>${t("chart.all")}</button>`}
    ${part && html`<${PageLink} href=${items} class="button">${t("chart.items")}<//>`}
    <button type="button" class="button" aria-pressed=${numbers} onClick=${() => setNumbers(!numbers)}>
      ${t("chart.numbers")}</button></div>`;
}

function Notes({ series }) {
  const { replaced, astray, bad_lines: bad } = series;
  const again = replaced.ok + replaced.failed + replaced.skipped;
  const notes = [
    again > 0 && t("chart.replaced", { n: again }),
    astray > 0 && t("chart.astray", { n: astray }),
    bad > 0 && t("chart.bad_lines", { n: bad }),
    series.growing && t("chart.growing"),
  ].filter(Boolean);
  return notes.map((note) => html`<p class="small" key=${note}>${note}</p>`);
}

// How many seconds there are to be shown, at most; a part is shown as finely as may be.
function lastedOf(job, part) {
  if (part || !job.started_at) return Infinity;
  return (isOver(job) ? seconds(job.ended_at) : serverNow()) - seconds(job.started_at);
}

// The series of a job, read again as the job goes on, at most once a second; a hidden tab reads none.
function useSeries(job, width, part) {
  const { api } = usePage();
  const series = useMemo(() => new Series(api, job.id), [api, job.id]);
  const points = width === null ? null : pointsFor(width, lastedOf(job, part));
  useEffect(() => {
    if (points !== null) series.show(points, part);
  }, [series, points, part]);
  useThrottled(() => points !== null && series.read(), job.revision, REFRESH_MS);
  useThrottled(
    () => series.readGaps(),
    `${job.status} ${job.reason} ${job.started_at}`,
    REFRESH_MS,
  );
  return series;
}

function Charts({ job, series, width, part, setPart }) {
  const [numbers, setNumbers] = useState(false);
  const answer = series.answer.value;
  const gaps = series.gaps.value;
  const until = Math.min(seconds(answer.to), isOver(job) ? Infinity : serverNow());
  const drawn = useMemo(() => rowsOf(answer, gaps, until), [answer, gaps]);
  const charts = useMemo(() => chartsOf(job, answer, drawn), [drawn, language.value]);
  const shown = useMemo(() => {
    const range = [
      seconds(answer.from),
      Math.max(until, seconds(answer.from) + answer.width_s),
    ];
    return { xs: drawn.xs, gaps, open: drawn.open, until, range };
  }, [drawn]);
  const choose = (from, to) =>
    setPart({ from: isoOf(Math.min(from, to)), to: isoOf(Math.max(from, to)) });
  const cursor = useCursor(choose);
  // At once: later it would take away what was pointed at since.
  useLayoutEffect(() => cursor.leave(), [part]);
  const look = useLook();
  const closer = (place) => {
    const wide = Math.max(answer.width_s * 4, (shown.range[1] - shown.range[0]) / 8);
    choose(drawn.xs[place] - wide / 2, drawn.xs[place] + wide / 2);
  };
  const all = part && (() => setPart(null));
  const place = cursor.place === null ? null : Math.min(cursor.place, drawn.xs.length - 1);
  return html`<${Bar} job=${job} series=${answer} part=${part} numbers=${numbers} all=${all}
      setNumbers=${setNumbers} />
    ${
      !numbers &&
      html`<div class="chart-bar">
        <${Moment} charts=${charts} drawn=${drawn} gaps=${gaps} cursor=${cursor}
          closer=${closer} all=${all} />
        <button type="button" class="button" disabled=${place === null}
          onClick=${() => closer(place)}>${t("chart.nearer")}</button></div>`
    }
    ${
      numbers
        ? html`<${ChartNumbers} drawn=${drawn} />`
        : charts.map(
            (
              chart,
              at,
            ) => html`<${ChartPlot} key=${chart.name} chart=${chart} shown=${shown} width=${width}
            isLast=${at === charts.length - 1} place=${place} look=${look} hear=${cursor.hear} />`,
          )
    }
    <${Notes} series=${answer} />`;
}

// The server's clock, in seconds: buckets are of its time.
const serverNow = () =>
  (now.peek() * 2 - onOurClock(new Date(now.peek()).toISOString())) / 1000;

const isEmpty = ({ total }) =>
  total.ok + total.failed + total.skipped + total.lost + total.tokens === 0;

export function ChartTab({ job }) {
  const box = useRef(null);
  const width = useWidth(box);
  const [part, setPart] = useState(null);
  const series = useSeries(job, width, part);
  const answer = series.answer.value;
  return html`<div class="charts" ref=${box}>
    ${series.error.value && html`<p class="tab-error" role="status">${t("items.error")}</p>`}
    ${answer === null && !series.error.value && html`<p class="quiet-note" aria-busy="true">${t("list.loading")}</p>`}
    ${answer !== null && isEmpty(answer) && html`<p class="quiet-note">${t("chart.nothing")}</p>`}
    ${
      answer !== null &&
      !isEmpty(answer) &&
      html`<${Charts} job=${job} series=${series} width=${width} part=${part} setPart=${setPart} />`
    }</div>`;
}
