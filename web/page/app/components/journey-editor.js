// One journey in full: what it is called, where it begins, when it may run, and its steps.
import { useEffect, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { copyOf } from "../journeys.js";
import { usePage } from "../page.js";
import { reasonIn } from "../reasons.js";
import { fullTime, t } from "../words.js";
import { Icon } from "./icons.js";
import { IconButton, PageLink, WrongNote, wrongOf } from "./parts.js";
import { SaveBar } from "./save-bar.js";
import { StepJson } from "./step-json.js";
import { StepList } from "./step-list.js";

const reasonOf = (errors, name) => errors.find(({ field }) => field === name)?.reason;

function TextField({ name, draft, errors, onChange, ...rest }) {
  const reason = reasonOf(errors, name);
  return html`<label class="field"><span>${t(`journey.${name}`)}</span>
    <input type="text" name=${name} value=${draft[name]} spellcheck=${false} autocapitalize="off"
      ...${wrongOf(`journey-${name}`, reason)} ...${rest}
      onInput=${(event) => onChange(name, event.currentTarget.value)} />
    <${WrongNote} id=${`journey-${name}`} reason=${reason} /></label>`;
}

// The field shows the browser's own time without a zone; the API has UTC.
const PLACES = 19; // 2026-11-22T12:30:00
const MINUTE_MS = 60000;
function localOf(iso) {
  if (iso === null) return "";
  const at = new Date(iso);
  return new Date(at - at.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, PLACES);
}
const isoOf = (local) => (local === "" ? null : new Date(local).toISOString());

function TimeField({ name, draft, errors, onChange }) {
  const reason = reasonOf(errors, name);
  return html`<label class="field"><span>${t(`journey.${name}`)}</span>
    <input type="datetime-local" step="1" name=${name} value=${localOf(draft[name])}
      ...${wrongOf(`journey-${name}`, reason)}
      onChange=${(event) => onChange(name, isoOf(event.currentTarget.value))} />
    <${WrongNote} id=${`journey-${name}`} reason=${reason} /></label>`;
}

const isTimed = ({ not_before, expires_at }) => not_before !== null || expires_at !== null;

function When({ draft, ...rest }) {
  const [open, setOpen] = useState(isTimed(draft));
  const words = ["not_before", "expires_at"]
    .filter((name) => draft[name] !== null)
    .map((name) => t(`journey.${name}.at`, { time: fullTime(draft[name]) }));
  return html`<details open=${open} onToggle=${(event) => setOpen(event.currentTarget.open)}>
    <summary>${t("journey.when")}${!open && words.length > 0 && html`: ${words.join(", ")}`}
    </summary><div class="pair">
      <${TimeField} name="not_before" draft=${draft} ...${rest} />
      <${TimeField} name="expires_at" draft=${draft} ...${rest} /></div></details>`;
}

// What is wrong with the path as a whole, or with fields that have no place here.
function Elsewhere({ errors }) {
  const shown = ["name", "url", "not_before", "expires_at"];
  const rest = errors.filter(({ field, step }) => step === null && !shown.includes(field));
  if (rest.length === 0) return null;
  return html`<ul class="form-error">${rest.map(
    ({ field, reason }) => html`<li key=${reason}><b>${field}</b>${" "}
      <bdi>${reasonIn(reason)}</bdi></li>`,
  )}</ul>`;
}

function Path({ draft, errors, onSteps }) {
  const [raw, setRaw] = useState(false);
  return html`<section class="path" aria-labelledby="path-title">
    <header><h2 id="path-title">${t("steps.title")}</h2>
      ${draft.generated && html`<span class="tag">${t("journey.generated")}</span>`}
      <button type="button" class="button" aria-pressed=${raw} onClick=${() => setRaw(!raw)}>
        JSON</button></header>
    ${
      raw
        ? html`<${StepJson} draft=${draft} onSteps=${onSteps} />`
        : html`<${StepList} draft=${draft} errors=${errors} onSteps=${onSteps} />`
    }</section>`;
}

function Head({ draft }) {
  const { journeys, notices, route } = usePage();
  const list = journeys.list.value;
  const at = list.findIndex(({ key }) => key === draft.key);
  const copy = () => {
    const made = copyOf(draft, t("journey.copy_of", { name: draft.name }));
    journeys.change(list.toSpliced(at + 1, 0, made));
    route.go(route.toJourney(made));
  };
  const remove = () => {
    journeys.change(list.toSpliced(at, 1));
    notices.say(t("journey.removed", { name: draft.name }));
    route.go(route.toJourneys());
  };
  return html`<header class="pane-head"><h1><bdi>${draft.name || t("journey.new")}</bdi></h1>
    <${IconButton} icon="copy" label=${t("journey.copy")} onPress=${copy} />
    <${IconButton} icon="remove" label=${t("journey.remove")} onPress=${remove} />
    <${PageLink} href=${route.toJourneys()} class="icon-button" aria-label=${t("close")}
      title=${t("close")}><${Icon} name="close" /><//></header>`;
}

// What was changed is no more what the server refused.
const SAME = (field) => (one) => one.field === field && one.step === null;

function Editor({ draft }) {
  const { journeys } = usePage();
  const errors = journeys.wrong.value.get(draft.key) ?? [];
  const onChange = (name, value) => {
    journeys.forgive(draft.key, SAME(name));
    journeys.changeOne({ ...draft, [name]: value });
  };
  const onSteps = (steps) => {
    const same = steps.filter((entry) => draft.steps.includes(entry)).map(({ key }) => key);
    journeys.forgive(draft.key, ({ field, step }) => field === "path" && !same.includes(step));
    journeys.changeOne({ ...draft, steps, generated: false });
  };
  const common = { draft, errors, onChange };
  return html`<div class="new-job journey">
    <${Head} draft=${draft} />
    <div class="pane-body">
      <${Elsewhere} errors=${errors} />
      <${TextField} name="name" maxlength="200" ...${common} />
      <${TextField} name="url" inputmode="url" placeholder="https://" ...${common} />
      <${Path} draft=${draft} errors=${errors} onSteps=${onSteps} />
      <${When} ...${common} />
      <label class="check"><input type="checkbox" name="completed" checked=${draft.completed}
        onChange=${(event) => onChange("completed", event.currentTarget.checked)} />
        ${t("journey.completed")}</label>
    </div>
    <footer class="pane-foot"><${SaveBar} /></footer></div>`;
}

// The journey that the address names. Once it has an id, the address has it too.
export function JourneyEditor({ id }) {
  const { journeys, route } = usePage();
  const draft = journeys.find(id);
  useEffect(() => {
    if (draft && draft.id !== null && draft.id !== id) route.rename(route.toJourney(draft));
  }, [draft?.id]);
  if (draft) return html`<${Editor} key=${draft.key} draft=${draft} />`;
  if (journeys.list.value === null)
    return html`<p class="quiet-note" aria-busy="true">${t("list.loading")}</p>`;
  return html`<div class="quiet-note"><h1>${t("journey.missing")}</h1>
    <${PageLink} href=${route.toJourneys()} class="button">${t("journey.back")}<//></div>`;
}
