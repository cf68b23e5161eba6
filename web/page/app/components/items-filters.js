// Which items the table shows: chips of how they ended, fields to find by, and what else the
// address asks for, each of which can be taken away.
import { useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { asChips } from "../items-query.js";
import { hasHttp, isHttp } from "../result-filter.js";
import { duration, fullTime, number, t } from "../words.js";
import { causeText } from "./causes.js";
import { Icon } from "./icons.js";

// Endings the user can ask for, and how many the job's own counts promise; null where they don't
// say.
const STATUSES = [
  ["", null],
  ["failed", (counts) => counts.failed],
  ["ok", (counts) => counts.ok],
  ["skipped", (counts) => counts.skipped],
  ["pending", (counts) => counts.total - counts.done],
];

export function StatusChips({ job, chosen, onChoose }) {
  return html`<div class="item-filters" role="group" aria-label=${t("items.filter")}>
    ${STATUSES.filter(([name, count]) => name !== "skipped" || count(job.counts) > 0).map(
      ([name, count]) => html`
      <button type="button" key=${name} class="filter" aria-pressed=${name === chosen}
        onClick=${() => onChoose(name)}>${t(`items.${name || "all"}`)}
        ${count && html`<span class="num count">${number(count(job.counts))}</span>`}</button>`,
    )}</div>`;
}

const MS = new Set(["duration_from_ms", "duration_to_ms"]);
const TIMES = new Set(["ended_from", "ended_to"]);

function valueText(name, value) {
  if (name === "cause") return causeText(value);
  if (name === "host") return value === "-" ? t("filter.no_host") : value;
  if (MS.has(name)) return duration(Number(value));
  if (TIMES.has(name)) return fullTime(value);
  return value;
}

const labelOf = (name) =>
  name.startsWith("extracted.") ? name.slice("extracted.".length) : t(`filter.${name}`);

function Chip({ name, value, onDrop }) {
  const said = `${labelOf(name)}: ${valueText(name, value)}`;
  return html`<button type="button" class="chip" title=${t("filter.drop", { filter: said })}
    aria-label=${t("filter.drop", { filter: said })} onClick=${onDrop}>
    <span><bdi>${said}</bdi></span><${Icon} name="close" /></button>`;
}

// The filters that are seldom asked for by hand.
function More({ where, change }) {
  const field = (name, type, rest = {}) => html`<label key=${name}><span>${t(`filter.${name}`)}</span>
    <input type=${type} name=${`find_${name}`} value=${where[name] ?? ""} spellcheck=${false}
      onInput=${(event) => change({ [name]: event.currentTarget.value })} ...${rest} /></label>`;
  return html`<div class="more-filters">
    ${field("host", "search", { maxlength: 300 })}
    ${field("attempts_from", "number", { min: 1 })}
    ${field("duration_from_ms", "number", { min: 0 })}
    ${field("duration_to_ms", "number", { min: 0 })}</div>`;
}

// `typed` is what stands in the fields, which may not be whole yet; `where` what is asked for.
export function FilterRow({ job, typed, where, change, drop }) {
  const [more, setMore] = useState(false);
  const field = (name, label, rest) => html`<input type="search" name=${`find_${label}`}
    value=${typed[name] ?? ""} aria-label=${t(`find.${label}`)} placeholder=${t(`find.${label}`)}
    spellcheck=${false} onInput=${(event) => change({ [name]: event.currentTarget.value })}
    ...${rest} />`;
  const http = typed.http_status ?? "";
  return html`<div class="result-filter">
    ${field("text", "text", { maxlength: 500 })}
    ${hasHttp(job) && field("http_status", "http", { maxlength: 100, "aria-invalid": `${!isHttp(http)}` })}
    <button type="button" class="button" aria-expanded=${more} onClick=${() => setMore(!more)}>
      ${t("filter.more")}</button>
    ${asChips(where).map(
      ([name, value]) => html`<${Chip} key=${name} name=${name} value=${value}
      onDrop=${() => drop(name)} />`,
    )}
    ${more && html`<${More} where=${typed} change=${change} />`}</div>`;
}
