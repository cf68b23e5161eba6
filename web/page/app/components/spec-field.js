// One field of a form that is made of a schema: its word, what it is for, how far it may go, what it
// is by itself, and what the server says is wrong with it.
import { partsOf, specOf, typeOf, valueOf } from "../forms.js";
import { html } from "../html.js";
import { has, number, t } from "../words.js";
import { ExtractFields } from "./extract-fields.js";
import { Hints, IconButton, WrongNote } from "./parts.js";

const PLAIN = { autocomplete: "off", autocapitalize: "off", spellcheck: false };
const PROSE = ["negative_prompt", "prompt"];

const pathOf = (form, name) => (form.path ? `${form.path}.${name}` : name);

// The page's own words are for the kinds that it ships with; another package brings its own.
function wordOf(form, name, what) {
  if (form.package) return undefined;
  const path = pathOf(form, name);
  return [`${what}.${form.kind}.${path}`, `${what}.${path}`, `${what}.${name}`].find(has);
}

function labelOf(form, name, field) {
  const word = wordOf(form, name, "spec");
  if (word) return t(word);
  const said = field.title || name;
  return field["x-unit"] && !form.package ? `${said}, ${field["x-unit"]}` : said;
}

const choiceOf = (form, name, one) => {
  const word = [`choice.${form.kind}.${name}.${one}`, `choice.${name}.${one}`].find(has);
  return word && !form.package ? t(word) : one;
};

// What is usual, where it depends on what else is typed (the analyzer, of tags).
const usualOf = (form, name, field) =>
  field.default ?? form.schema.properties.analyzer?.["x-usual"]?.[form.values.analyzer]?.[name];

function noteOf(form, name, field) {
  const { minimum: min, maximum: max } = field;
  const word = wordOf(form, name, "note");
  const own = word ? t(word) : field.description;
  const isFigure = ["whole", "number"].includes(typeOf(field));
  const range = isFigure && max !== undefined && t("form.range", { min: number(min), max: number(max) });
  const typed = form.values[name];
  const usual = usualOf(form, name, field);
  const isChanged = isFigure && typed !== undefined && typed !== "" && typed !== usual;
  const was = isChanged && usual !== undefined && t("form.usual", { value: number(usual) });
  const unit = form.package && field["x-unit"];
  return [own, range, unit, was].filter(Boolean).join(" · ");
}

function Figure({ field, typed, onTyped, needed, ...rest }) {
  const step = field.multipleOf ?? (typeOf(field) === "whole" ? 1 : "any");
  return html`<input type="number" min=${field.minimum} max=${field.maximum} step=${step}
    required=${needed} value=${typed} ...${rest}
    onInput=${({ currentTarget: { value, valueAsNumber } }) =>
      onTyped(value === "" ? "" : valueAsNumber)} />`;
}

function Line({ field, typed, onTyped, id, needed, ...rest }) {
  const hints = field.examples && `${id}-hints`;
  return html`<input type="text" maxlength=${field.maxLength ?? 2000} id=${id} value=${typed}
    list=${hints} required=${needed} ...${PLAIN} ...${rest}
    onInput=${(event) => onTyped(event.currentTarget.value)} />
    ${hints && html`<${Hints} id=${hints} hints=${field.examples} />`}`;
}

function Area({ field, typed, onTyped, name, needed: _, ...rest }) {
  return html`<textarea rows=${typeOf(field) === "json" ? 3 : 2} name=${name}
    class=${PROSE.includes(name) ? "prose" : ""} value=${typed} ...${PLAIN} ...${rest}
    onInput=${(event) => onTyped(event.currentTarget.value)}></textarea>`;
}

// As many figures as a price needs: a field for numbers would round them.
function Money({ field: _, typed, onTyped, needed: __, ...rest }) {
  return html`<input type="text" inputmode="decimal" maxlength="32" pattern="[0-9]+([.][0-9]+)?"
    value=${typed} ...${PLAIN} ...${rest} placeholder="0.50"
    onInput=${(event) => onTyped(event.currentTarget.value)} />`;
}

// No browser keeps it, and nobody reads it over a shoulder.
function Secret({ field, typed, onTyped, needed: _, ...rest }) {
  return html`<input type="password" maxlength=${field.maxLength} value=${typed} ...${PLAIN} ...${rest}
    autocomplete="new-password" onInput=${(event) => onTyped(event.currentTarget.value)} />`;
}

// What this machine has not got can be seen, and not chosen.
function Choice({ field, typed, onTyped, name, form, needed: _, placeholder: __, ...rest }) {
  const there = field["x-there"] ?? field.enum;
  const isOpen = typed === "" || !field.enum.includes(typed);
  return html`<select name=${name} value=${typed} ...${rest}
    onChange=${(event) => onTyped(event.currentTarget.value)}>
    ${isOpen && html`<option value="">${t("form.by_itself")}</option>`}
    ${field.enum.map(
      (one) => html`<option key=${one} value=${one} disabled=${!there.includes(one)}>
        ${choiceOf(form, name, one)}</option>`,
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
  json: Area,
  choice: Choice,
  money: Money,
  secret: Secret,
};

const Changed = ({ changed }) =>
  changed ? html` <em class="was-changed">${t("remade.changed")}</em>` : null;

function Flag({ name, label, typed, onTyped, note, reason, id, changed }) {
  return html`<label class="check"><input type="checkbox" name=${name} checked=${typed}
      aria-describedby=${note || reason ? `${id}-note` : undefined}
      onChange=${(event) => onTyped(event.currentTarget.checked)} />
    <span>${label}<${Changed} changed=${changed} />${
      reason
        ? html`<${WrongNote} id=${`${id}-note`} reason=${reason} />`
        : note && html`<small id=${`${id}-note`}>${note}</small>`
    }</span></label>`;
}

function Labelled({ field, name, label, note, reason, id, changed, form, ...rest }) {
  const type = typeOf(field);
  const Input = INPUTS[type] ?? Area;
  const described = note || reason ? { "aria-describedby": `${id}-note` } : {};
  const wrong = reason ? { "aria-invalid": "true" } : {};
  const of = type === "choice" ? { form } : {};
  return html`<div class="field"><span><label for=${id}>${label}</label><${Changed}
      changed=${changed} /></span>
    <${Input} field=${field} name=${name} id=${id} ...${of} ...${rest} ...${described} ...${wrong} />
    ${
      reason
        ? html`<${WrongNote} id=${`${id}-note`} reason=${reason} />`
        : note && html`<small id=${`${id}-note`}>${note}</small>`
    }</div>`;
}

// What is usual of an object is usual of its fields.
function withUsual(schema) {
  const usual = Object.entries(schema.default ?? {}).map(([name, value]) => [
    name,
    { ...schema.properties[name], default: value },
  ]);
  return { ...schema, properties: { ...schema.properties, ...Object.fromEntries(usual) } };
}

// The fields of an object, each with a rule of its own.
function innerForm(form, name, field, typed, onTyped) {
  const path = pathOf(form, name);
  const set = (inner, value) => onTyped({ ...typed, [inner]: value });
  return { ...form, schema: withUsual(field), values: typed, path, set, before: null };
}

function Group({ field, name, label, note, reason, typed, onTyped, form, changed }) {
  const inner = innerForm(form, name, field, typed, onTyped);
  return html`<fieldset class="doc-part group"><legend>${label}<${Changed} changed=${changed} />
      </legend>
    ${note && html`<p class="small">${note}</p>`}<${WrongNote} reason=${reason} />
    <${SpecParts} names=${Object.keys(field.properties)} form=${inner} /></fieldset>`;
}

// A list of objects: a group for each.
function Rows({ field, name, label, note, reason, typed, onTyped, form, changed }) {
  const put = (at, row) => onTyped(typed.map((one, place) => (place === at ? row : one)));
  const isFull = field.maxItems !== undefined && typed.length >= field.maxItems;
  return html`<fieldset class="doc-part group"><legend>${label}<${Changed} changed=${changed} />
      </legend>
    ${note && html`<p class="small">${note}</p>`}<${WrongNote} reason=${reason} />
    ${typed.map((row, at) => {
      const inner = innerForm(form, name, field.items, row, (said) => put(at, said));
      const numbered = { ...inner, path: `${inner.path}-${at}` };
      return html`<div class="row-group" key=${at}>
        <div><${SpecParts} names=${Object.keys(field.items.properties)} form=${numbered} /></div>
        <${IconButton} icon="remove" label=${t("form.row.remove", { n: at + 1 })}
          onPress=${() => onTyped(typed.filter((_, place) => place !== at))} /></div>`;
    })}
    <button type="button" class="button" disabled=${isFull} onClick=${() => onTyped([...typed, {}])}>
      ${t("form.row.add")}</button></fieldset>`;
}

function Extract({ label, reason, typed, onTyped }) {
  return html`<fieldset class="doc-part group"><legend>${t("extract.title")}</legend>
    <${WrongNote} reason=${reason} />
    <${ExtractFields} rules=${typed} onRules=${onTyped} label=${label} /></fieldset>`;
}

function Cookies({ name, label, reason, typed, onTyped, id, changed }) {
  const { text, site } = typed;
  return html`<div class="field lines"><label class="field"><span>${label}<${Changed}
      changed=${changed} /></span>
    <textarea name=${name} rows="2" ...${PLAIN} value=${text} placeholder=${t("run.cookies.such")}
      onInput=${(event) => onTyped({ ...typed, text: event.currentTarget.value })}></textarea>
    ${
      reason
        ? html`<${WrongNote} id=${`${id}-note`} reason=${reason} />`
        : html`<small>${t("run.cookies.note")}</small>`
    }</label>
    ${
      text.trim() !== "" &&
      html`<label class="field"><span>${t("run.cookies_for")}</span>
      <input type="text" name="cookies_for" ...${PLAIN} value=${site}
        onInput=${(event) => onTyped({ ...typed, site: event.currentTarget.value })} /></label>`
    }</div>`;
}

const WHOLE = { flag: Flag, object: Group, rows: Rows, extract: Extract, cookies: Cookies };

const isChanged = ({ before, schema, values }, name) =>
  Boolean(before) &&
  JSON.stringify(valueOf(schema, before, name)) !== JSON.stringify(valueOf(schema, values, name));

// Of an object that nobody has begun to type no field is needed.
const isBegun = ({ path, schema, values }) =>
  !path || Object.keys(specOf(schema, values, true)).length > 0;

// `form` is what all fields of one form share: `{kind, schema, values, reasons, set(name, value)}`,
// and, where it was opened from a job, what was typed then (`before`). `hints` are what else may be
// typed where only the server knows that, `such` what is there by itself.
export function SpecField({ name, form, hints = null, such = undefined }) {
  const said = form.schema.properties[name];
  if (said === undefined) return null;
  const field = hints === null ? said : { ...said, examples: hints };
  const usual = usualOf(form, name, field);
  const isShown = usual !== undefined && typeof usual !== "object";
  const props = {
    field,
    name,
    form,
    label: labelOf(form, name, field),
    typed: valueOf(form.schema, form.values, name),
    onTyped: (value) => form.set(name, value),
    note: noteOf(form, name, field),
    reason: form.reasons[pathOf(form, name)],
    changed: isChanged(form, name),
    id: `${form.kind}-${pathOf(form, name).replaceAll(/[_.]/g, "-")}`,
  };
  const Whole = WHOLE[typeOf(field)];
  if (Whole) return html`<${Whole} ...${props} />`;
  const needed = (form.schema.required ?? []).includes(name) && isBegun(form);
  const by = such ?? (isShown ? String(usual) : undefined);
  return html`<${Labelled} placeholder=${by} needed=${needed} ...${props} />`;
}

// Figures side by side, ticks together, and the rest one by one.
export function SpecParts({ names, form }) {
  const { figures, flags, areas } = partsOf(form.schema, names);
  return html`${
    figures.length > 0 &&
    html`<div class="numbers"><${SpecFields} names=${figures} form=${form} /></div>`
  }
    ${
      flags.length > 0 &&
      html`<div class="flags"><${SpecFields} names=${flags} form=${form} /></div>`
    }
    <${SpecFields} names=${areas} form=${form} />`;
}

export const SpecFields = ({ names, form }) =>
  names.map((name) => html`<${SpecField} key=${name} name=${name} form=${form} />`);

// A field that is wrong cannot be shown while it is folded away.
const unfold = (event) => {
  event.currentTarget.open = true;
};

const isWrong = (form, name) =>
  Object.keys(form.reasons).some((path) => path === name || path.startsWith(`${name}.`));

// Fields that are seldom touched; open where one of them is wrong, or was changed.
export function Folded({ title, figures = [], flags = [], areas = [], form }) {
  const names = [...figures, ...flags, ...areas].filter((name) => form.schema.properties[name]);
  const isOpen = names.some((name) => isWrong(form, name) || isChanged(form, name));
  return html`<details open=${isOpen || undefined} onInvalidCapture=${unfold}>
    <summary>${title}</summary>
    <div class="folded">
      ${figures.length > 0 && html`<div class="numbers"><${SpecFields} names=${figures}
        form=${form} /></div>`}
      <${SpecFields} names=${areas} form=${form} />
      ${flags.length > 0 && html`<div class="flags"><${SpecFields} names=${flags}
        form=${form} /></div>`}
    </div></details>`;
}
