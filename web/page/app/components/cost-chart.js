// What tasks have cost, drawn: a bar each, and a line of how it adds up. Each bar says its figures to
// who points at it; the table below has them all for everybody.
import { useLayoutEffect, useRef, useState } from "../../vendor/hooks.js";
import { barsOf, scaleOf } from "../agent-costs.js";
import { money } from "../agent-money.js";
import { html } from "../html.js";
import { visibleLine } from "../visible.js";
import { number, t } from "../words.js";

const HEIGHT = 200;
const TOP = 12;
const FOOT = 22;
const LEFT = 64;
const RIGHT = 64;
const WIDEST = 48;

function useWidth(ref) {
  const [width, setWidth] = useState(640);
  useLayoutEffect(() => {
    const read = () => setWidth(Math.max(280, ref.current.clientWidth));
    const observer = new ResizeObserver(read);
    observer.observe(ref.current);
    read();
    return () => observer.disconnect();
  }, []);
  return width;
}

const nameOf = ({ first, last, dir }) =>
  first === last ? `#${first} ${visibleLine(dir)}` : `#${first}–#${last}`;

// A figure of the drawing: short, as it is none of the bill.
const sayOf = (measure) => (value) =>
  measure === "usd" ? money(value) : number(Math.round(value));

function Axis({ scale, at, width, say, side }) {
  const x = side === "left" ? LEFT - 8 : width - RIGHT + 8;
  return scale.ticks.map(
    (tick) => html`<text key=${tick} class=${`tick ${side}`} x=${x} y=${at(tick / scale.top)}
      dy="4" text-anchor=${side === "left" ? "end" : "start"}>${say(tick)}</text>`,
  );
}

function Bars({ bars, scale, at, step, say }) {
  const wide = Math.min(WIDEST, step * 0.72);
  return bars.map((bar, place) => {
    const x = LEFT + step * (place + 0.5) - wide / 2;
    const y = at(bar.value / scale.top);
    const height = Math.max(bar.value > 0 ? 1 : 0, at(0) - y);
    return html`<g key=${bar.first} class=${`cost-bar${bar.failed ? " failed" : ""}`}>
      <rect class="reach" x=${LEFT + step * place} y=${TOP} width=${step} height=${at(0) - TOP} />
      <rect class="value" x=${x} y=${at(0) - height} width=${wide} height=${height} rx="2" />
      ${bar.unknown && html`<text class="unknown" x=${x + wide / 2} y=${at(0) - 4}
        text-anchor="middle">?</text>`}
      <title>${nameOf(bar)}: ${say(bar.value)} · ${t("agent.chart.sum", { sum: say(bar.total) })}
        </title></g>`;
  });
}

export function CostChart({ tasks, measure }) {
  const box = useRef(null);
  const width = useWidth(box);
  const bars = barsOf(tasks, measure);
  const say = sayOf(measure);
  const scale = scaleOf(Math.max(...bars.map(({ value }) => value)));
  const sums = scaleOf(bars.at(-1).total);
  const at = (share) => TOP + (HEIGHT - TOP - FOOT) * (1 - share);
  const step = (width - LEFT - RIGHT) / bars.length;
  const points = bars.map(
    ({ total }, place) => `${LEFT + step * (place + 0.5)},${at(total / sums.top)}`,
  );
  return html`<div class="cost-chart" ref=${box}>
    <svg width=${width} height=${HEIGHT} viewBox=${`0 0 ${width} ${HEIGHT}`} role="img"
      aria-label=${t("agent.chart.label", { n: tasks.length, sum: say(bars.at(-1).total) })}>
      ${scale.ticks.map(
        (tick) => html`<line key=${tick} class="grid" x1=${LEFT} x2=${width - RIGHT}
        y1=${at(tick / scale.top)} y2=${at(tick / scale.top)} />`,
      )}
      <${Bars} bars=${bars} scale=${scale} at=${at} step=${step} say=${say} />
      <polyline class="sum" points=${points.join(" ")} />
      ${bars.length === 1 && html`<circle class="sum" cx=${LEFT + step / 2}
        cy=${at(bars[0].total / sums.top)} r="3" />`}
      <${Axis} scale=${scale} at=${at} width=${width} say=${say} side="left" />
      <${Axis} scale=${sums} at=${at} width=${width} say=${say} side="right" />
      <text class="tick" x=${LEFT} y=${HEIGHT - 4}>#${bars[0].first}</text>
      <text class="tick" x=${width - RIGHT} y=${HEIGHT - 4} text-anchor="end">
        #${bars.at(-1).last}</text></svg>
    <p class="small legend"><span class="swatch"></span>${t("agent.chart.bar")}
      <span class="swatch line"></span>${t("agent.chart.line")}</p></div>`;
}
