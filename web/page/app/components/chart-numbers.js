// What the charts draw, as a table: for who reads instead of looking, and to be copied.
import { momentOf } from "../chart-look.js";
import { ERRORS, isoOf } from "../charts.js";
import { html } from "../html.js";
import { duration, number, t } from "../words.js";
import { money } from "../agent-money.js";
import { CopyButton } from "./parts.js";

const PLAIN = ["ok", "failed", "skipped", "lost"];

const errorsOf = ({ errors }) =>
  ERRORS.filter((name) => errors[name])
    .map((name) => `${t(`chart.line.${name}`)} ${number(errors[name])}`)
    .join(", ");

// The columns that have something in them, `[word, cell, figure]`: as it is read, and as it is copied.
function columnsOf(rows) {
  const some = (value) => rows.some(({ bucket }) => value(bucket) > 0);
  const ms = (name) => [
    `chart.line.${name}`,
    ({ duration_ms: took }) => duration(took?.[name] ?? null),
    ({ duration_ms: took }) => took?.[name] ?? "",
  ];
  return [
    ...PLAIN.filter((name) => name === "ok" || some((bucket) => bucket[name])).map((name) => [
      `chart.line.${name}`,
      (bucket) => number(bucket[name]),
      (bucket) => bucket[name],
    ]),
    ...(some(({ duration_ms: took }) => took?.max ?? 0)
      ? [ms("median"), ms("p95"), ms("max")]
      : []),
    ...(some(({ failed }) => failed) ? [["chart.errors", errorsOf, errorsOf]] : []),
    ...(some(({ usd }) => Number(usd))
      ? [["chart.line.usd", ({ usd }) => money(usd), ({ usd }) => usd]]
      : []),
    ...(some(({ tokens }) => tokens)
      ? [["chart.line.tokens", ({ tokens }) => number(tokens), ({ tokens }) => tokens]]
      : []),
  ];
}

function textOf(rows, columns) {
  const head = ["time", ...columns.map(([word]) => t(word))];
  const lines = rows.map(({ at, bucket }) => [
    isoOf(at),
    ...columns.map(([, , figure]) => figure(bucket)),
  ]);
  return [head, ...lines].map((cells) => cells.join("\t")).join("\n");
}

export function ChartNumbers({ drawn }) {
  const rows = drawn.rows.filter(
    ({ bucket }) =>
      bucket !== null &&
      bucket.ok + bucket.failed + bucket.skipped + bucket.lost + bucket.tokens > 0,
  );
  const columns = columnsOf(rows);
  return html`<div class="chart-numbers">
    <div class="chart-bar"><p class="small">${t("chart.numbers.about", { s: number(drawn.width) })}</p>
      <${CopyButton} text=${textOf(rows, columns)} /></div>
    <div class="chart-scroll" tabindex="0" role="region" aria-label=${t("chart.numbers")}>
      <table><caption class="unseen">${t("chart.numbers")}</caption>
        <thead><tr><th scope="col">${t("chart.at")}</th>
          ${columns.map(([word]) => html`<th key=${word} scope="col">${t(word)}</th>`)}</tr></thead>
        <tbody>${rows.map(
          ({
            at,
            bucket,
          }) => html`<tr key=${at}><th scope="row" class="num">${momentOf(at, drawn.width)}
            ${at === drawn.open && html` <em>${t("chart.open")}</em>`}</th>
            ${columns.map(([word, cell]) => html`<td key=${word} class="num">${cell(bucket)}</td>`)}</tr>`,
        )}</tbody></table></div></div>`;
}
