// The desk's tokens: what there is, what the plan allows, and every movement with the balance after
// it.
import { useMemo } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { useThrottled } from "../throttle.js";
import { LedgerView, pagesOf } from "../tokens.js";
import { visibleLine } from "../visible.js";
import { fullTime, has, number, t } from "../words.js";
import { PageLink, PaneHead } from "./parts.js";

const REFRESH_MS = 1000;
const SUMS = ["free", "held", "balance", "spent", "granted"];

const signed = (amount) => `${amount < 0 ? "−" : "+"}${number(Math.abs(amount))}`;

function Sums({ ledger }) {
  return html`<dl class="sums num">${SUMS.map(
    (name) => html`<div key=${name} class=${name}><dt>${t(`tokens.${name}`)}</dt>
      <dd>${number(ledger[name])}</dd></div>`,
  )}</dl>`;
}

// Limits that are not there are no limits.
function Plan({ ledger }) {
  const limits = Object.entries(ledger.limits ?? {}).filter(([, limit]) => limit !== null);
  if (limits.length === 0 && !ledger.plan) return null;
  const name = ledger.plan || t("tokens.plan.default");
  return html`<section class="plan"><h2>${t("tokens.plan", { name })}</h2>
    <dl>${limits.map(
      ([name, limit]) => html`<div class="fact" key=${name}><dt>${t(`tokens.limit.${name}`)}</dt>
        <dd class="num">${number(limit)}</dd></div>`,
    )}</dl></section>`;
}

// What it was for: the job where it is still here, else what was noted down.
function What({ entry }) {
  const { desk, route } = usePage();
  const job = entry.job_id && desk.jobs.value.find((one) => one.id === entry.job_id);
  if (job)
    return html`<${PageLink} href=${route.toJob(job.id)}><bdi>${visibleLine(job.name)}</bdi><//>`;
  const kind = entry.id.split(":")[0];
  const word = entry.job_id ? "tokens.job_gone" : `tokens.entry.${kind}`;
  const said = has(word) ? t(word) : "";
  const note = entry.note ? visibleLine(entry.note) : "";
  return html`<span>${said}${said && note ? ": " : ""}<bdi>${note}</bdi></span>`;
}

function Entry({ entry }) {
  return html`<tr><td><time class="num small" datetime=${entry.at}>${fullTime(entry.at)}</time></td>
    <td class="what"><${What} entry=${entry} /></td>
    <td class="num amount ${entry.amount < 0 ? "spent" : "granted"}">${signed(entry.amount)}</td>
    <td class="num">${number(entry.balance)}</td></tr>`;
}

function Entries({ ledger }) {
  if (ledger.entries.length === 0) return html`<p class="small">${t("tokens.nothing")}</p>`;
  return html`<table class="ledger"><caption class="unseen">${t("tokens.history")}</caption>
    <thead><tr>${["at", "what", "amount", "balance"].map(
      (name) => html`<th key=${name} scope="col" class=${name}>${t(`tokens.col.${name}`)}</th>`,
    )}</tr></thead>
    <tbody>${ledger.entries.map((entry) => html`<${Entry} key=${entry.id} entry=${entry} />`)}
    </tbody></table>`;
}

function Turning({ view, total }) {
  const page = view.page.value;
  const pages = pagesOf(total);
  if (pages === 1) return null;
  const button = (to, word) => html`<button type="button" class="button"
    disabled=${to < 1 || to > pages} onClick=${() => view.turn(to)}>${t(word)}</button>`;
  return html`<nav class="turning" aria-label=${t("tokens.history")}>
    ${button(page - 1, "tokens.newer")}
    <span class="num">${t("tokens.page", { page, pages })}</span>
    ${button(page + 1, "tokens.older")}</nav>`;
}

export function Ledger() {
  const { api, desk } = usePage();
  const view = useMemo(() => new LedgerView(api), [api]);
  useThrottled(() => view.read(), desk.tokens.value?.balance ?? null, REFRESH_MS);
  const ledger = view.ledger.value;
  return html`<div class="new-job"><${PaneHead} title=${t("tokens.title")} />
    <div class="pane-body">
      <p class="small">${t("tokens.about")}</p>
      ${view.error.value && html`<p class="tab-error" role="status">${t("items.error")}</p>`}
      ${
        ledger &&
        html`<${Sums} ledger=${ledger} /><${Plan} ledger=${ledger} />
        <section><h2>${t("tokens.history")}</h2><${Entries} ledger=${ledger} />
          ${
            ledger.forgotten > 0 &&
            html`<p class="small">${t("tokens.forgotten", { n: ledger.forgotten })}</p>`
          }
          <${Turning} view=${view} total=${ledger.total} /></section>`
      }
    </div></div>`;
}
