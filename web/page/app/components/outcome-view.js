// One outcome in full, whatever fields it has, each with its copy button.
import { useEffect, useRef } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { duration, fullTime, has, number, t } from "../words.js";
import { Extracted } from "./extracted.js";
import { Icon } from "./icons.js";
import { FilePreview, Headers, ItemLog } from "./outcome-parts.js";
import { CopyButton, OutsideLink } from "./parts.js";
import { VISIT_FIELDS, VisitOutcome, isVisit } from "./visit-outcome.js";

const ADDRESSES = new Set(["url", "final_url"]);

// What one looks for comes first; fields of kinds that this page does not know follow as they came.
const ORDER = [
  "name",
  "file",
  "row",
  "template",
  "dir",
  "first_prompt",
  "url",
  "status",
  "error",
  "title",
  "http_status",
  "final_url",
  "duration_ms",
  "attempts",
  "bytes",
  "sha256",
  "at",
  "index",
];

const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value));

function facts(outcome) {
  const names = [...ORDER, ...Object.keys(outcome).filter((name) => !ORDER.includes(name))];
  const says = (name) => !["", null, undefined].includes(outcome[name]);
  const elsewhere = new Set(isVisit(outcome) ? [...VISIT_FIELDS, "id"] : ["extracted", "headers"]);
  if (outcome.final_url === outcome.url) elsewhere.add("final_url");
  return names.filter((name) => says(name) && !elsewhere.has(name));
}

// What is seen on a picture, the surest first, as a model says it.
const SURE = new Set(["tags", "labels"]);
const isSure = (name, value) => SURE.has(name) && Array.isArray(value) && value.length > 0;

export function Sure({ found }) {
  return html`<ul class="tag-list">${found.map(
    ({ name, label, score }, at) => html`<li key=${at} class="tag"><bdi>${name ?? label}</bdi>${
      typeof score === "number" &&
      html` <span class="num">${number(Math.round(score * 100) / 100)}</span>`
    }</li>`,
  )}</ul>`;
}

function readable(name, value) {
  if (isSure(name, value)) return html`<${Sure} found=${value} />`;
  if (ADDRESSES.has(name)) return html`<${OutsideLink} url=${value} />`;
  if (name === "status") return t(`outcome.${value}`);
  if (name === "ended_as" && has(`status.${value}`)) return t(`status.${value}`);
  if (name === "stop" && has(`agent.stop.${value}`)) return t(`agent.stop.${value}`);
  if (name === "at") return fullTime(value);
  if (name === "duration_ms") return duration(value);
  if (name === "index") return `#${value}`;
  if (typeof value === "boolean") return t(value ? "spec.yes" : "spec.no");
  const counted = typeof value === "number" && name !== "http_status";
  return html`<bdi>${counted ? number(value) : asText(value)}</bdi>`;
}

// A field of one kind may mean something else than one of another.
function Fact({ kind, name, value }) {
  const key = [`field.${kind}.${name}`, `field.${name}`].find(has);
  const label = key ? t(key) : name;
  return html`<div class="fact"><dt><bdi>${label}</bdi></dt><dd>${readable(name, value)}</dd>
    <dd class="do"><${CopyButton} text=${asText(value)}
      label=${t("copy.field", { name: label })} small /></dd></div>`;
}

// The document itself: what one opens a row for.
function Made({ job, outcome }) {
  const { api } = usePage();
  if (outcome.status !== "ok" || !outcome.file || outcome.bytes === undefined) return null;
  return html`<a class="button primary" href=${api.artifactAddress(job.id, outcome.file)} download>
    ${t("action.download")}</a>`;
}

export function OutcomeView({ job, outcome, onClose }) {
  const box = useRef(null);
  useEffect(() => {
    box.current.scrollTop = 0;
  }, [outcome.index]);
  const onKey = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    onClose();
  };
  return html`
    <section class="outcome ${isVisit(outcome) ? "of-visit" : ""}" aria-label=${t("outcome.title")}
      onKeyDown=${onKey} ref=${box}>
      <header><h2>${t("outcome.title")}</h2>
        <${Made} job=${job} outcome=${outcome} />
        <${CopyButton} text=${JSON.stringify(outcome, null, 2)} label=${t("copy.json")} />
        <button type="button" class="icon-button" aria-label=${t("close")} onClick=${onClose}>
          <${Icon} name="close" /></button></header>
      ${
        isVisit(outcome) &&
        html`<${VisitOutcome} key=${outcome.index} job=${job} outcome=${outcome} />`
      }
      ${
        !isVisit(outcome) &&
        outcome.extracted &&
        html`<div class="visit"><${Extracted} values=${outcome.extracted} /></div>`
      }
      <dl>${facts(outcome).map(
        (name) => html`<${Fact} key=${name} kind=${job.kind} name=${name}
          value=${outcome[name]} />`,
      )}</dl>
      <${Headers} headers=${outcome.headers} />
      ${!isVisit(outcome) && html`<${FilePreview} job=${job} outcome=${outcome} />`}
      ${outcome.status !== "pending" && html`<${ItemLog} job=${job} index=${outcome.index} />`}
    </section>`;
}
