// How documents are to be made: their names, with the first of them as they will be; their format;
// which rows, and what becomes of a row that lacks something.
import { useRef } from "../../vendor/hooks.js";
import { LOCALES, MODES, formatsOf, withField } from "../documents.js";
import { html } from "../html.js";
import { number, t } from "../words.js";
import { WrongNote, wrongOf } from "./parts.js";

const BUILT_IN = ["_index", "_template", "_date"];

function Names({ outline, error, busy }) {
  if (error) return null;
  const more = (outline?.documents ?? 0) - (outline?.first.length ?? 0);
  return html`<ol class="first-names num" aria-busy=${busy} aria-label=${t("doc.names.first")}>
    ${(outline?.first ?? []).map(
      ({ file }) => html`<li key=${file}><bdi>${file}</bdi></li>`,
    )}
    ${more > 0 && html`<li class="small">${t("doc.names.more", { n: more })}</li>`}</ol>`;
}

export function NamePattern({ pattern, columns, reason, outline, change }) {
  const field = useRef(null);
  const add = (name) => {
    change({ file_name: withField(pattern, name) });
    field.current.focus();
  };
  const names = [...columns.map(({ name }) => name), ...BUILT_IN];
  return html`<div class="field"><label class="field"><span>${t("doc.file_name")}</span>
      <input type="text" name="file_name" maxlength="500" spellcheck=${false} autocapitalize="off"
        ref=${field} value=${pattern} ...${wrongOf("doc-file-name", reason)}
        onInput=${(event) => change({ file_name: event.currentTarget.value })} /></label>
    <div class="insert" role="group" aria-label=${t("doc.file_name.insert")}>${names.map(
      (name) => html`<button type="button" class="tag" key=${name} onClick=${() => add(name)}>
      <bdi>${name}</bdi></button>`,
    )}</div>
    <${WrongNote} id="doc-file-name" reason=${reason} />
    <${Names} ...${outline} /></div>`;
}

export function FormatField({ templates, format, change }) {
  const possible = formatsOf(templates);
  if (possible.length === 0 && templates.length > 0)
    return html`<p class="wrong" role="status">${t("doc.format.none")}</p>`;
  return html`<fieldset class="kinds"><legend>${t("doc.format")}</legend>
    ${possible.map(
      (name) => html`<label class="check" key=${name}><input type="radio" name="format"
      value=${name} checked=${format === name} onChange=${() => change({ format: name })} />
      <span>${t(`doc.format.${name}`)}</span></label>`,
    )}</fieldset>`;
}

function Choices({ name, among, value, change }) {
  return html`<fieldset class="kinds"><legend>${t(`doc.${name}`)}</legend>
    ${among.map(
      (one) => html`<label class="check" key=${one}><input type="radio" name=${name} value=${one}
      checked=${value === one} onChange=${() => change({ [name]: one })} />
      <span>${t(`doc.${name}.${one}`)}<small>${t(`doc.${name}.${one}.note`)}</small></span></label>`,
    )}</fieldset>`;
}

function Count({ outline, rows }) {
  if (outline.busy && !outline.outline) return html`<em role="status">${t("doc.counting")}</em>`;
  if (outline.error || !outline.outline) return html`<em role="status"></em>`;
  const values = { n: outline.outline.rows, rows: number(rows) };
  return html`<em class="num" role="status">${t("doc.filter.count", values)}</em>`;
}

export function RowsFields({ draft, rows, outline, reasons, change }) {
  return html`<div class="pair rows-fields">
    <label class="field"><span>${t("doc.filter")}<${Count} outline=${outline} rows=${rows} /></span>
      <input type="text" name="filter" maxlength="2000" spellcheck=${false} autocapitalize="off"
        value=${draft.filter} placeholder=${`age >= 18 and city == "Bonn"`}
        ...${wrongOf("doc-filter", reasons.filter)}
        onInput=${(event) => change({ filter: event.currentTarget.value })} />
      <${WrongNote} id="doc-filter" reason=${reasons.filter} /></label>
    <label class="field"><span>${t("doc.limit")}</span>
      <input type="number" name="limit" min="1" step="1" value=${draft.limit}
        placeholder=${t("doc.limit.all")} ...${wrongOf("doc-limit", reasons.limit)}
        onInput=${({ currentTarget: { value, valueAsNumber } }) =>
          change({ limit: value === "" ? "" : valueAsNumber })} />
      <${WrongNote} id="doc-limit" reason=${reasons.limit} /></label></div>`;
}

export function MakingFields({ draft, change }) {
  return html`<${Choices} name="missing" among=${["error", "blank"]} value=${draft.missing}
      change=${change} />
    <details><summary>${t("new.advanced")}</summary><div class="more-options">
      <${Choices} name="mode" among=${MODES} value=${draft.mode} change=${change} />
      <label class="field"><span>${t("doc.locale")}</span>
        <select name="locale" value=${draft.locale}
          onChange=${(event) => change({ locale: event.currentTarget.value })}>
          <option value="">${t("doc.locale.none")}</option>
          ${LOCALES.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}</select>
        <small>${t("doc.locale.note")}</small></label>
      <label class="check"><input type="checkbox" name="stop_on_failure"
        checked=${draft.stop_on_failure}
        onChange=${(event) => change({ stop_on_failure: event.currentTarget.checked })} />
        <span>${t("doc.stop_on_failure")}</span></label></div></details>`;
}
