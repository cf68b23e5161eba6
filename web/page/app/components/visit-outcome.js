// How a journey went: what failed first, then its steps with their times and screenshots, what it
// extracted, and what else was to be seen.
import { useEffect } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { fromWire } from "../journeys.js";
import { usePage } from "../page.js";
import { reasonIn } from "../reasons.js";
import { shotOf } from "../shots.js";
import { duration, number, t } from "../words.js";
import { Extracted } from "./extracted.js";
import { OutcomeMark } from "./item-row.js";
import { OutsideLink } from "./parts.js";
import { Shot, Shots } from "./shots.js";
import { saidOf, sentenceOf } from "./step-list.js";

// What is shown here; the rest of an outcome is shown as that of every kind.
export const VISIT_FIELDS = [
  "steps",
  "steps_done",
  "steps_total",
  "extracted",
  "screenshots",
  "console",
  "dialogs",
  "popups",
  "downloads",
  "refused",
  "generated",
  "path",
];

export const isVisit = (outcome) => Array.isArray(outcome.steps);

const shotsOf = (names) => (names ?? []).map(shotOf).filter(Boolean);

function Step({ step, n, job }) {
  const shot = step.screenshot && shotOf(step.screenshot);
  return html`<li class=${step.ok ? "" : "is-wrong"}>
    <p><${OutcomeMark} status=${step.ok ? "ok" : "failed"} /><span class="num">${n}</span>
      <bdi class="said">${saidOf(step.label || step.do)}</bdi>
      <span class="num">${duration(step.ms)}</span></p>
    ${step.error && html`<p class="wrong"><bdi>${reasonIn(step.error)}</bdi></p>`}
    ${shot && html`<${Shot} job=${job} shot=${shot} />`}</li>`;
}

function Steps({ outcome, job }) {
  const { steps, steps_done: done, steps_total: total } = outcome;
  if (steps.length === 0) return null;
  return html`<section><h3>${t("visit.steps")}
      <span class="small num">${number(done)} / ${number(total)}</span></h3>
    <ol class="done-steps">${steps.map(
      (step, at) => html`<${Step} key=${at} step=${step} n=${at + 1} job=${job} />`,
    )}</ol></section>`;
}

function Console({ lines }) {
  if (!lines || lines.length === 0) return null;
  return html`<section><h3>${t("visit.console")}</h3><ol class="console">${lines.map(
    ({ level, text }, at) => html`<li key=${at} class=${level}><span>${level}</span>
      <bdi>${text}</bdi></li>`,
  )}</ol></section>`;
}

// The desk's journey that this was a run of; null where there is none, or none any more.
function useJourney(outcome) {
  const { journeys } = usePage();
  useEffect(() => {
    journeys.refresh();
  }, []);
  return outcome.id ? (journeys.find(outcome.id) ?? null) : null;
}

function EditButton({ journey }) {
  const { route } = usePage();
  const edit = () => route.go(route.toJourney(journey));
  return html`<button type="button" class="button" onClick=${edit}>
    ${t("visit.path.edit")}</button>`;
}

// The picture that tells most of a failure: the last one.
function Failure({ outcome, job }) {
  const journey = useJourney(outcome);
  const last = shotsOf(outcome.screenshots).at(-1);
  const reason = reasonIn(outcome.error);
  return html`<section class="failure"><p class="wrong"><b><bdi>${reason}</bdi></b></p>
    ${last && html`<${Shot} key=${last.name} job=${job} shot=${last} />`}
    <${Console} lines=${outcome.console} />
    ${journey && html`<${EditButton} journey=${journey} />`}</section>`;
}

function Listed({ title, rows, say }) {
  if (!rows || rows.length === 0) return null;
  return html`<section><h3>${title}</h3>
    <ul>${rows.map((row, at) => html`<li key=${at}>${say(row)}</li>`)}</ul></section>`;
}

const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value));

const SAY = {
  refused: ({ place, reason }) => html`<b><bdi>${place}</bdi></b> <bdi>${reasonIn(reason)}</bdi>`,
  dialogs: (dialog) => html`<bdi>${dialog.message ?? dialog.text ?? asText(dialog)}</bdi>`,
  downloads: ({ name, url }) => html`<b><bdi>${name}</bdi></b> <${OutsideLink} url=${url} />`,
};

function Others({ outcome }) {
  const { popups } = outcome;
  return html`${Object.entries(SAY).map(
    ([name, say]) => html`<${Listed} key=${name} title=${t(`visit.${name}`)}
    rows=${outcome[name]} say=${say} />`,
  )}${popups > 0 && html`<p>${t("visit.popups", { n: popups })}</p>`}`;
}

// A path that was found is the desk's journey's by itself; of other jobs one may keep it as one.
function Path({ outcome }) {
  const { journeys, route } = usePage();
  const known = useJourney(outcome);
  const keep = () => {
    const { name, url, title, path } = outcome;
    const draft = { ...fromWire({ name: name || title || url, url, path }), generated: true };
    journeys.change([...journeys.list.peek(), draft]);
    route.go(route.toJourney(draft));
  };
  const ready = journeys.list.value !== null;
  return html`<section><h3>${t("visit.path")}</h3>
    <ol class="found-path">
      ${outcome.path.map((step, at) => html`<li key=${at}><bdi>${sentenceOf(step)}</bdi></li>`)}
    </ol>
    ${
      known
        ? html`<${EditButton} journey=${known} />`
        : html`<button type="button" class="button" disabled=${!ready} onClick=${keep}>
          ${t("visit.path.keep")}</button>`
    }</section>`;
}

// Screenshots that no step shows.
function Rest({ job, shots }) {
  if (shots.length === 0) return null;
  return html`<section><h3>${t("visit.shots")}</h3><${Shots} job=${job} shots=${shots} /></section>`;
}

export function VisitOutcome({ outcome, job }) {
  const failed = Boolean(outcome.error) && outcome.status !== "skipped";
  const shown = new Set(outcome.steps.map(({ screenshot }) => screenshot));
  const rest = shotsOf(outcome.screenshots).filter(({ name }) => !shown.has(name));
  const values = html`<${Extracted} values=${outcome.extracted} />`;
  return html`<div class="visit">
    ${failed ? html`<${Failure} outcome=${outcome} job=${job} />` : values}
    <${Steps} outcome=${outcome} job=${job} />
    ${!failed && html`<${Rest} job=${job} shots=${rest} />`}
    ${failed ? values : html`<${Console} lines=${outcome.console} />`}
    <${Others} outcome=${outcome} />
    ${outcome.path?.length > 0 && html`<${Path} outcome=${outcome} />`}
  </div>`;
}
