// One field of a job's spec as it is typed: its word, how far it may go and what it begins with,
// and what the server says is wrong with it.
import { html } from "../html.js";
import { FIELDS } from "../kind-fields.js";
import { has, number, t } from "../words.js";
import { Hints, WrongNote } from "./parts.js";

const PLAIN = { autocomplete: "off", autocapitalize: "off", spellcheck: false };
const PROSE = ["negative_prompt"];

// What its words are, its limits, and, once it was changed, what it usually is.
function noteOf({ kind, values }, name, { min, max, value, by }) {
  const own = [`note.${kind}.${name}`, `note.${name}`].find(has);
  const range =
    max !== undefined
      ? t("form.range", { min: number(min), max: number(max) })
      : min !== undefined && t("form.least", { min: number(min) });
  const isChanged = typeof value === "number" && values[name] !== value;
  const empty = by?.[values.analyzer];
  const usual = isChanged && t("form.usual", { value: number(value) });
  const unsaid = empty !== undefined && t("form.empty", { value: number(empty) });
  return [own && t(own), unsaid, range, usual].filter(Boolean).join(" · ");
}

function Figure({ field, typed, onTyped, ...rest }) {
  return html`<input type="number" min=${field.min} max=${field.max} step=${field.step ?? "any"}
    required=${!field.optional} value=${typed} ...${rest}
    onInput=${({ currentTarget: { value, valueAsNumber } }) =>
      onTyped(value === "" ? "" : valueAsNumber)} />`;
}

function Line({ field, typed, onTyped, id, ...rest }) {
  const hints = field.hints && `${id}-hints`;
  return html`<input type="text" maxlength="2000" id=${id} value=${typed} list=${hints} ...${PLAIN}
    ...${rest} onInput=${(event) => onTyped(event.currentTarget.value)} />
    ${hints && html`<${Hints} id=${hints} hints=${field.hints} />`}`;
}

function Area({ field: _, typed, onTyped, name, ...rest }) {
  return html`<textarea rows="2" name=${name} class=${PROSE.includes(name) ? "prose" : ""}
    value=${typed} ...${PLAIN} ...${rest}
    onInput=${(event) => onTyped(event.currentTarget.value)}></textarea>`;
}

// As many figures as a price needs: a field for numbers would round them.
function Money({ field: _, typed, onTyped, ...rest }) {
  return html`<input type="text" inputmode="decimal" maxlength="32" pattern="[0-9]+([.][0-9]+)?"
    value=${typed} ...${PLAIN} ...${rest} placeholder="0.50"
    onInput=${(event) => onTyped(event.currentTarget.value)} />`;
}

// No browser keeps it, and nobody reads it over a shoulder.
function Secret({ field: _, typed, onTyped, ...rest }) {
  return html`<input type="password" maxlength="1000" value=${typed} ...${PLAIN} ...${rest}
    autocomplete="new-password" onInput=${(event) => onTyped(event.currentTarget.value)} />`;
}

function Choice({ field, typed, onTyped, name, ...rest }) {
  return html`<select name=${name} value=${typed} ...${rest}
    onChange=${(event) => onTyped(event.currentTarget.value)}>
    ${field.among.map(
      (one) => html`<option key=${one} value=${one}>${t(`choice.${name}.${one}`)}</option>`,
    )}</select>`;
}

const INPUTS = {
  whole: Figure,
  number: Figure,
  text: Line,
  commas: Line,
  area: Area,
  lines: Area,
  headers: Area,
  choice: Choice,
  money: Money,
  secret: Secret,
};

function Flag({ name, label, typed, onTyped, note, reason, id }) {
  return html`<label class="check"><input type="checkbox" name=${name} checked=${typed}
      aria-describedby=${note || reason ? `${id}-note` : undefined}
      onChange=${(event) => onTyped(event.currentTarget.checked)} />
    <span>${label}${
      reason
        ? html`<${WrongNote} id=${`${id}-note`} reason=${reason} />`
        : note && html`<small id=${`${id}-note`}>${note}</small>`
    }</span></label>`;
}

function Labelled({ field, name, label, note, reason, id, ...rest }) {
  const Input = INPUTS[field.type];
  const described = note || reason ? { "aria-describedby": `${id}-note` } : {};
  const wrong = reason ? { "aria-invalid": "true" } : {};
  return html`<div class="field"><span><label for=${id}>${label}</label></span>
    <${Input} field=${field} name=${name} id=${id} ...${rest} ...${described} ...${wrong} />
    ${
      reason
        ? html`<${WrongNote} id=${`${id}-note`} reason=${reason} />`
        : note && html`<small id=${`${id}-note`}>${note}</small>`
    }</div>`;
}

// `form` is what all fields of one form share: `{kind, values, reasons, set(name, value)}`. `hints`
// are what else may be typed where only the server knows that, `such` what is there by itself.
export function SpecField({ name, form, hints = null, such = undefined }) {
  const known = FIELDS[form.kind][name];
  const field = hints === null ? known : { ...known, hints };
  const own = `spec.${form.kind}.${name}`;
  const said = {
    name,
    label: t(has(own) ? own : `spec.${name}`),
    typed: form.values[name],
    onTyped: (value) => form.set(name, value),
    note: noteOf(form, name, field),
    reason: form.reasons[name],
    id: `${form.kind}-${name.replaceAll("_", "-")}`,
  };
  if (field.type === "flag") return html`<${Flag} ...${said} />`;
  return html`<${Labelled} field=${field} placeholder=${such} ...${said} />`;
}

export const SpecFields = ({ names, form }) =>
  names.map((name) => html`<${SpecField} key=${name} name=${name} form=${form} />`);

// A field that is wrong cannot be shown while it is folded away.
const unfold = (event) => {
  event.currentTarget.open = true;
};

// Fields that are seldom touched; open where one of them is wrong.
export function Folded({ title, figures = [], flags = [], areas = [], form }) {
  const names = [...figures, ...flags, ...areas];
  const isWrong = names.some((name) => form.reasons[name]);
  return html`<details open=${isWrong || undefined} onInvalidCapture=${unfold}>
    <summary>${title}</summary>
    <div class="folded">
      ${figures.length > 0 && html`<div class="numbers"><${SpecFields} names=${figures}
        form=${form} /></div>`}
      <${SpecFields} names=${areas} form=${form} />
      ${flags.length > 0 && html`<div class="flags"><${SpecFields} names=${flags}
        form=${form} /></div>`}
    </div></details>`;
}
