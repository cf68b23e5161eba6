// The row of large numbers, some with their last three minutes under them.
import { html } from "../html.js";
import { age, bytes, number, rate, t } from "../words.js";
import { Curve } from "./curve.js";

const MS = 1000;

function Figure({ label, value, unit = "", note, curve, wrong = false }) {
  return html`<div class="figure${wrong ? " wrong" : ""}">
    <dt>${label}</dt>
    <dd><b class="num">${value}</b>${unit && html`<span class="unit">${unit}</span>`}
      ${note && html`<span class="note num">${note}</span>`}
      ${curve && html`<${Curve} values=${curve} />`}</dd></div>`;
}

const orDash = (value, write) => (value === null ? "–" : write(value));
const FULL_SHARE = 0.05;

export function Figures({ seen, curves }) {
  const { process, jobs, work, desks, storage, pools } = seen;
  const workers = pools.flatMap((pool) => pool.workers);
  const workersBytes = workers.reduce((sum, worker) => sum + worker.memory_bytes, 0);
  const nearlyFull = storage.free_bytes !== null && storage.free_bytes < FULL_SHARE * storage.total_bytes;
  return html`<dl class="figures">
    <${Figure} label=${t("operator.running")} value=${number(jobs.running ?? 0)}
      note=${t("operator.queued", { n: jobs.queued ?? 0 })} />
    <${Figure} label=${t("operator.in_flight")} value=${number(work.in_flight)}
      note=${t("operator.waiting", { n: work.waiting })} curve=${curves.in_flight} />
    <${Figure} label=${t("operator.rate")} value=${rate(work.rate_per_s)} unit="/s"
      note=${t("operator.outcomes", { n: work.outcomes })} curve=${curves.rate} />
    <${Figure} label=${t("operator.desks")} value=${number(desks.awake)}
      note=${t("operator.on_disk", { n: orDash(desks.on_disk, number) })} />
    <${Figure} label=${t("operator.watchers")} value=${number(desks.watchers)} />
    <${Figure} label=${t("operator.workers")} value=${number(workers.length)}
      note=${bytes(workersBytes)} />
    <${Figure} label=${t("operator.cpu")} value=${orDash(process.cpu_percent, rate)} unit="%"
      note=${t("operator.load", { load: rate(process.load_1m), n: process.cores })} curve=${curves.cpu} />
    <${Figure} label=${t("operator.lag")} value=${orDash(process.lag_ms_p99, rate)} unit="ms"
      note=${t("operator.lag.worst", { ms: orDash(process.lag_ms_max, rate) })} curve=${curves.lag} />
    <${Figure} label=${t("operator.memory")} value=${bytes(process.memory_bytes)}
      note=${t("operator.descriptors", { n: process.descriptors, of: process.descriptors_limit })} />
    <${Figure} label=${t("operator.free")} value=${bytes(storage.free_bytes)} wrong=${nearlyFull}
      note=${t("operator.free.of", { of: bytes(storage.total_bytes) })} />
    <${Figure} label=${t("operator.save")} value=${orDash(storage.save_ms_p50, rate)} unit=${storage.save_ms_p50 === null ? "" : "ms"}
      wrong=${storage.failing} note=${storage.save_ms_p99 !== null && t("operator.save.p99", { ms: rate(storage.save_ms_p99) })} />
    <${Figure} label=${t("operator.up")} value=${age(0, process.uptime_s * MS)}
      note=${t("operator.version", { version: process.version, pid: String(process.pid) })} />
  </dl>`;
}
