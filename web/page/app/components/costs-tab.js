// What the calls of a job have cost: in all, drawn, by model, and what they would cost elsewhere.
import { useState } from "../../vendor/hooks.js";
import { MEASURES, usualMeasure } from "../agent-costs.js";
import { exactly, money, spentText, tokensOf } from "../agent-money.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { useThrottled } from "../throttle.js";
import { visibleLine } from "../visible.js";
import { number, t } from "../words.js";
import { CapForm } from "./cap-form.js";
import { CostChart } from "./cost-chart.js";
import { Fold } from "./fold.js";
import { TaskMark } from "./tasks-tab.js";

const REFRESH_MS = 2000;
const PER_REFRESH = 1000;
const LISTED = 1000;

function useCosts(job) {
  const { agents } = usePage();
  const [state, setState] = useState({ costs: null, error: null });
  const read = () =>
    agents.costs(job.id).then(
      (costs) => setState({ costs, error: null }),
      (error) => {
        if (!error.code) throw error;
        setState((before) => ({ ...before, error }));
      },
    );
  const slower = 1 + Math.floor(job.counts.total / PER_REFRESH);
  useThrottled(read, job.revision, REFRESH_MS * slower);
  return state;
}

function Sum({ name, value, note, title }) {
  return html`<div><dt>${t(`agent.sum.${name}`)}</dt>
    <dd class="num" title=${title}>${value}</dd>${note && html`<dd class="small">${note}</dd>`}
    </div>`;
}

function capText({ usd, tokens }) {
  const caps = [
    usd !== null && t("agent.cap", { cap: money(usd) }),
    tokens !== null && t("agent.cap.tokens", { n: tokens }),
  ];
  return caps.filter(Boolean).join(" · ");
}

function Sums({ costs: { total, cap } }) {
  const counted = total.counted > 0 && t("agent.counted_n", { n: total.counted });
  const unpriced = total.unpriced > 0 && t("agent.unpriced_n", { n: total.unpriced });
  return html`<dl class="sums">
    <${Sum} name="cost" value=${spentText(total, exactly)}
      note=${[unpriced, capText(cap)].filter(Boolean).join(" · ")} />
    <${Sum} name="tokens" value=${number(tokensOf(total))} note=${counted} />
    <${Sum} name="asked" value=${number(total.prompt_tokens)} />
    <${Sum} name="said" value=${number(total.completion_tokens)} />
    <${Sum} name="calls" value=${number(total.calls)} /></dl>`;
}

function Models({ models }) {
  if (models.length === 0) return null;
  return html`<h2>${t("agent.models")}</h2><table class="by-label costs"><thead><tr>
      <th>${t("spec.model")}</th><th class="num">${t("agent.sum.calls")}</th>
      <th class="num">${t("agent.sum.asked")}</th><th class="num">${t("agent.sum.said")}</th>
      <th class="num">${t("agent.sum.cost")}</th></tr></thead>
    <tbody>${models.map(
      ({ model, spend }) => html`<tr key=${model}><th><bdi>${visibleLine(model)}</bdi></th>
      <td class="num">${number(spend.calls)}</td><td class="num">${number(spend.prompt_tokens)}</td>
      <td class="num">${number(spend.completion_tokens)}</td>
      <td class="num">${spentText(spend, exactly)}</td></tr>`,
    )}</tbody></table>`;
}

// How many times as much; nothing where there is nothing to compare it with.
function timesText(usd, total) {
  const [here, there] = [Number(total.usd), Number(usd)];
  if (usd === null || !(here > 0) || total.unpriced > 0) return "";
  return t("agent.times", { times: number(Number((there / here).toPrecision(2))) });
}

function Comparison({ comparison, total }) {
  if (comparison.length === 0 || total.calls === 0) return null;
  return html`<h2>${t("agent.comparison")}</h2><p class="small">${t("agent.comparison.note")}</p>
    <table class="by-label costs"><thead><tr><th>${t("spec.model")}</th>
      <th class="num">${t("agent.would")}</th><th class="num">${t("agent.times.head")}</th></tr>
      </thead>
    <tbody>${comparison.map(
      ({ title, model, usd }) => html`<tr key=${model}><th title=${model}>
        <bdi>${visibleLine(title)}</bdi></th>
      <td class="num" title=${exactly(usd)}>${money(usd)}</td>
      <td class="num small">${timesText(usd, total)}</td></tr>`,
    )}</tbody></table>`;
}

function Chart({ tasks }) {
  const [chosen, setChosen] = useState(null);
  if (tasks.length === 0) return null;
  const measure = chosen ?? usualMeasure(tasks);
  return html`<section class="chart"><header><h2>${t("agent.chart")}</h2>
      <div class="item-filters" role="group" aria-label=${t("agent.chart.measure")}>${MEASURES.map(
        (name) => html`<button type="button" key=${name} class="filter"
        aria-pressed=${name === measure} onClick=${() => setChosen(name)}>
        ${t(`agent.measure.${name}`)}</button>`,
      )}</div></header>
    <${CostChart} tasks=${tasks} measure=${measure} /></section>`;
}

function Table({ costs }) {
  const more = costs.tasks.length - LISTED;
  return html`<table class="by-label costs"><thead><tr><th>${t("agent.col.what")}</th>
      <th>${t("agent.col.status")}</th><th class="num">${t("agent.col.tokens")}</th>
      <th class="num">${t("agent.col.cost")}</th></tr></thead>
    <tbody>${costs.tasks.slice(0, LISTED).map(
      ({ index, dir, status, usd, tokens }) => html`<tr key=${index}>
      <th><span class="num">#${index}</span> <bdi>${visibleLine(dir)}</bdi></th>
      <td><${TaskMark} status=${status} /></td><td class="num">${number(tokens)}</td>
      <td class="num" title=${exactly(usd)}>${money(usd)}</td></tr>`,
    )}</tbody></table>
    ${(more > 0 || costs.truncated) && html`<p class="small">${t("agent.more_tasks")}</p>`}`;
}

export function CostsTab({ job }) {
  const { costs, error } = useCosts(job);
  if (error)
    return html`<p class="tab-error" role="status">${t("items.error")} <code>${error.code}</code>
      </p>`;
  if (costs === null) return html`<p class="quiet-note" aria-busy="true">${t("list.loading")}</p>`;
  const cap = html`<${CapForm} job=${job} cap=${costs.cap} />`;
  if (costs.total.calls === 0) return html`<p class="small">${t("agent.no_costs")}</p>${cap}`;
  return html`<${Sums} costs=${costs} />${cap}<${Chart} tasks=${costs.tasks} />
    ${
      costs.tasks.length > 0 &&
      html`<${Fold} summary=${t("agent.as_table")}><${Table} costs=${costs} /><//>`
    }
    <${Models} models=${costs.models} />
    <${Comparison} comparison=${costs.comparison} total=${costs.total} />`;
}
