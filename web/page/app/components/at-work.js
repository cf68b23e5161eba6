// How far the items at work are: a line and a bar for each, with the step that is being done.
import { html } from "../html.js";
import { atWork } from "../run.js";
import { useRunItems } from "../run-items.js";
import { number, t } from "../words.js";
import { saidOf } from "./step-list.js";

const SHOWN = 4;
const NAMES_OF = ["pending"];

function Steps({ done, total }) {
  if (total === 0) return null;
  return html`<span class="num">
    ${t("work.steps", { done: number(done), total: number(total) })}</span>`;
}

function Item({ item, name }) {
  const said = name ?? t("new.item", { index: `${item.index}` });
  return html`<li><p><b title=${said}><bdi>${said}</bdi></b>
      <bdi class="stage" title=${item.stage}>${saidOf(item.stage)}</bdi>
      <${Steps} done=${item.done} total=${item.total} /></p>
    <div class="bar current" role="progressbar" aria-valuemin="0" aria-valuemax="100"
      aria-valuenow=${Math.floor(item.percent)} aria-label=${t("work.bar", { name: said })}>
      <span class="segment running" style=${{ width: `${item.percent}%` }}></span></div></li>`;
}

// Between one and the next: the place stays, so that nothing jumps.
function Between() {
  return html`<ul class="at-work" aria-label=${t("work.label")}><li>
    <p><span class="stage">${t("work.next")}</span></p><div class="bar current"></div></li></ul>`;
}

export function AtWork({ job }) {
  const { names } = useRunItems(job, NAMES_OF);
  const items = atWork(job);
  if (job.status !== "running") return null;
  if (items.length === 0) return html`<${Between} />`;
  const rest = items.length - SHOWN;
  return html`<ul class="at-work" aria-label=${t("work.label")}>
    ${items.slice(0, SHOWN).map(
      (item) => html`<${Item} key=${item.index} item=${item}
      name=${names.get(item.index)} />`,
    )}
    ${rest > 0 && html`<li class="small">${t("work.more", { n: rest })}</li>`}</ul>`;
}
