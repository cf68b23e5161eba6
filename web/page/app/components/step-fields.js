// The fields of one step, by its kind, each with what the server says is wrong with it.
import { useLayoutEffect, useRef } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { isKept } from "../journeys.js";
import { fieldsOf, withField } from "../steps.js";
import { has, t } from "../words.js";
import { Hints, WrongNote } from "./parts.js";

function Flag({ field, step, onStep }) {
  return html`<label class="check"><input type="checkbox" name=${field.name}
    checked=${step[field.name] === true}
    onChange=${(event) => onStep(withField(step, field, event.currentTarget.checked))} />
    ${t(`step.field.${field.name}`)}</label>`;
}

function Choice({ field, step, onStep, ...rest }) {
  return html`<select name=${field.name} value=${step[field.name] ?? field.choices[0]} ...${rest}
    onChange=${(event) => onStep(withField(step, field, event.currentTarget.value))}>
    ${field.choices.map(
      (name) => html`<option key=${name} value=${name}>${t(`step.${field.name}.${name}`)}</option>`,
    )}</select>`;
}

function NumberInput({ field, step, onStep, ...rest }) {
  return html`<input type="number" name=${field.name} min=${field.min} max=${field.max} step="any"
    value=${step[field.name] ?? ""} required=${field.needed} ...${rest}
    onInput=${(event) => onStep(withField(step, field, event.currentTarget.valueAsNumber))} />`;
}

// A value that the server keeps to itself is not told; what is typed takes its place.
function TextInput({ field, step, onStep, id, ...rest }) {
  const value = step[field.name] ?? "";
  const kept = field.hideable && isKept(step);
  const hidden = field.hideable && step.secret === true;
  const hints = field.hints && `${id}-hints`;
  return html`<input id=${id} type=${hidden ? "password" : "text"} name=${field.name}
    class=${field.mono ? "mono" : ""} value=${String(value)} list=${hints}
    autocomplete=${hidden ? "new-password" : "off"} autocapitalize="off" spellcheck=${false}
    placeholder=${kept ? t("step.kept") : ""} ...${rest}
    onInput=${(event) => onStep(withField(step, field, event.currentTarget.value))} />
    ${hints && html`<${Hints} id=${hints} hints=${field.hints} />`}`;
}

// Its note describes a field, and so does what is wrong with it.
const described = (id, reason) => ({
  "aria-describedby": id,
  "aria-invalid": reason ? "true" : undefined,
});

const INPUTS = { text: TextInput, number: NumberInput, choice: Choice };

// What is to be typed into a field, where one kind of step says it otherwise than the others.
function noteOf(field, step) {
  const own = `step.note.${step.do}.${field.name}`;
  return t(has(own) ? own : `step.note.${field.name}`);
}

function Field({ field, reason, id, ...rest }) {
  const Input = INPUTS[field.type];
  const note = `${id}-note`;
  return html`<div class="field"><span><label for=${`${id}-input`}>
      ${t(`step.field.${field.name}`)}</label>
      ${!field.needed && html`<em>${t(field.one_of ? "step.one_of" : "step.optional")}</em>`}
      </span>
    <${Input} field=${field} id=${`${id}-input`} ...${described(note, reason)} ...${rest} />
    ${
      reason
        ? html`<${WrongNote} id=${note} reason=${reason} />`
        : html`<small id=${note}>${noteOf(field, rest.step)}</small>`
    }</div>`;
}

// `fresh`: it has just been added, and is to be filled in next.
export function StepFields({ stepKey, step, errors, fresh, onStep }) {
  const box = useRef(null);
  useLayoutEffect(() => {
    if (fresh) box.current.querySelector("input, select")?.focus();
  }, []);
  const fields = fieldsOf(step.do);
  const flags = fields.filter(({ type }) => type === "flag");
  return html`<div class="step-fields" ref=${box}>
    ${fields
      .filter(({ type }) => type !== "flag")
      .map(
        (field) => html`<${Field} key=${field.name} field=${field} step=${step} onStep=${onStep}
        id=${`${stepKey}-${field.name}`}
        reason=${errors.find(({ part }) => part === field.name)?.reason} />`,
      )}
    <div class="checks">${flags.map(
      (field) => html`<${Flag} key=${field.name} field=${field} step=${step} onStep=${onStep} />`,
    )}</div></div>`;
}
