// The pools of workers: how much of each is in use, and what every worker is at.
import { html } from "../html.js";
import { age, bytes, has, number, t } from "../words.js";
import { Table } from "./operator-table.js";

const MS = 1000;
const COLUMNS = ["pid", "state", "holds", "done", "memory", "up"];

function Bar({ pool }) {
  const all = pool.in_use + pool.free;
  const share = all > 0 ? (100 * pool.in_use) / all : 0;
  const label = t("operator.pool.use", { n: pool.in_use, of: all });
  return html`<div class="bar" role="progressbar" aria-valuemin="0" aria-valuemax="100"
    aria-valuenow=${Math.round(share)} aria-label=${label} title=${label}>
    <span class="segment flying" style=${{ width: `${share}%` }}></span></div>`;
}

// The kinds of other packages have no word of ours.
const kind = (name) => (has(`kind.${name}`) ? t(`kind.${name}`) : name);

function Worker({ worker }) {
  const held = Object.entries(worker.items).map(([name, n]) => t("operator.holds", { kind: kind(name), n }));
  return html`<tr class=${worker.state}>
    <td><span class="num">${worker.pid ?? "–"}</span></td>
    <td>${t(`operator.worker.${worker.state}`)}${worker.leaving && html` <small lang="en"><bdi>${worker.leaving}</bdi></small>`}</td>
    <td>${held.join(", ") || "–"}</td>
    <td class="num">${number(worker.done)}</td>
    <td class="num">${worker.memory_bytes ? bytes(worker.memory_bytes) : "–"}</td>
    <td class="num">${age(0, worker.up_s * MS)}</td></tr>`;
}

function Pool({ pool }) {
  const gone = [
    pool.wanted > 0 && t("operator.pool.wanted", { n: pool.wanted }),
    pool.retired > 0 && t("operator.pool.retired", { n: pool.retired }),
    pool.died > 0 && t("operator.pool.died", { n: pool.died }),
  ].filter(Boolean);
  return html`<section class="pool">
    <h3>${t(`operator.pool.${pool.name}`)}
      <span class="num">${t("operator.pool.use", { n: pool.in_use, of: pool.in_use + pool.free })}</span></h3>
    <${Bar} pool=${pool} />
    ${gone.length > 0 && html`<p class="small num">${gone.join(" · ")}</p>`}
    ${
      pool.workers.length > 0 &&
      html`<${Table} label=${t(`operator.pool.${pool.name}`)}
        heads=${COLUMNS.map((name) => t(`operator.worker.head.${name}`))}>
        ${pool.workers.map((worker, at) => html`<${Worker} key=${worker.pid ?? -at} worker=${worker} />`)}<//>`
    }
  </section>`;
}

export const Pools = ({ pools }) => html`<section class="card" aria-labelledby="pools">
  <h2 id="pools">${t("operator.pools")}</h2>
  ${pools.map((pool) => html`<${Pool} key=${pool.name} pool=${pool} />`)}</section>`;
