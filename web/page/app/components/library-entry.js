// One template or table of the desk: opened, it shows what was found in it, and can be changed,
// taken away and deleted.
import { useEffect, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { TEMPLATE_KINDS } from "../library.js";
import { usePage } from "../page.js";
import { useAttempt } from "../uploading.js";
import { bytes, fullTime, number, t } from "../words.js";
import { FormError } from "./form-error.js";

// Asked once more before it is gone: nothing brings it back.
export function Deleting({ entry, busy, onDelete }) {
  const [sure, setSure] = useState(false);
  if (!sure)
    return html`<button type="button" class="button" disabled=${busy}
      aria-label=${t("library.delete.of", { name: entry.name })} onClick=${() => setSure(true)}>
      ${t("library.delete")}</button>`;
  return html`<span class="sure" role="group"><span>${t("library.delete.sure")}</span>
    <button type="button" class="button danger" disabled=${busy} onClick=${onDelete}>
      ${t("library.delete")}</button>
    <button type="button" class="button" ref=${(button) => button?.focus()}
      onClick=${() => setSure(false)}>${t("library.keep")}</button></span>`;
}

function useEntry(entry) {
  const { library } = usePage();
  const attempts = useAttempt();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (open) attempts.attempt(() => library.look(entry));
  }, [open, entry.sha256, entry.version]);
  const remove = () => attempts.attempt(() => library.remove(entry));
  return { ...attempts, open, setOpen, remove, found: library.found(entry) };
}

function Entry({ entry, line, state, children }) {
  const { open, setOpen, found, error, busy, remove } = state;
  return html`<li><details open=${open} onToggle=${(event) => setOpen(event.currentTarget.open)}>
    <summary><span class="named"><bdi>${entry.name}</bdi></span>
      <span class="tag">${entry.format}</span><span class="small num">${line}</span></summary>
    ${
      open &&
      html`<div class="kept">
      ${error && html`<${FormError} error=${error} find=${() => undefined} />`}
      ${found ? children(found) : !error && html`<p class="small">${t("list.loading")}</p>`}
      ${
        found?.warnings.length > 0 &&
        html`<ul class="warnings">${found.warnings.map(
          (one) => html`<li key=${one}><bdi>${one}</bdi></li>`,
        )}</ul>`
      }
      <${Deleting} entry=${entry} busy=${busy} onDelete=${remove} /></div>`
    }</details></li>`;
}

function Fields({ found }) {
  const { fields, loops } = found;
  return html`<table class="found"><thead><tr>${["field", "type", "where"].map(
    (name) => html`<th key=${name} scope="col">${t(`doc.col.${name}`)}</th>`,
  )}</tr></thead><tbody>
    ${fields.map(
      ({ key, type, required, where }) => html`<tr key=${key}><th scope="row"><bdi>${key}</bdi></th>
      <td>${t(`doc.type.${type}`)}${!required && html` <small>${t("doc.how.optional")}</small>`}
        </td><td class="small"><bdi>${where.join(", ")}</bdi></td></tr>`,
    )}
    ${loops.map(
      ({ key, fields: inner, where }) => html`<tr key=${`loop ${key}`}><th scope="row"><bdi>${key}
        </bdi></th><td>${t("doc.loop")}<small> <bdi>${inner.join(", ")}</bdi></small></td>
        <td class="small"><bdi>${where.join(", ")}</bdi></td></tr>`,
    )}</tbody></table>`;
}

const tagsOf = (text) => text.split(",").map((one) => one.trim()).filter(Boolean);

// What is said of a template; kept when the user says so.
function About({ template, busy, onSave }) {
  const [draft, setDraft] = useState(null);
  const said = { name: template.name, category: template.category, tags: template.tags.join(", ") };
  const shown = draft ?? said;
  const field = (name) => html`<label class="field"><span>${t(`library.${name}`)}</span>
    <input type="text" name=${`template_${name}`} maxlength="200" value=${shown[name]}
      required=${name === "name"}
      onInput=${(event) => setDraft({ ...shown, [name]: event.currentTarget.value })} /></label>`;
  const submit = async (event) => {
    event.preventDefault();
    const { name, category, tags } = shown;
    const about = { name: name.trim(), category: category.trim(), tags: tagsOf(tags) };
    if (await onSave({ ...about, version: template.version })) setDraft(null);
  };
  return html`<form class="about" onSubmit=${submit}>
    ${field("name")}${field("category")}${field("tags")}
    <button type="submit" class="button" disabled=${busy || draft === null}>${t("library.save")}
      </button></form>`;
}

export function TemplateEntry({ template }) {
  const { documents, library } = usePage();
  const state = useEntry(template);
  const { busy, attempt } = state;
  const fields = t("doc.fields", { n: template.fields });
  const replace = (event) => {
    const [file] = event.currentTarget.files;
    event.currentTarget.value = ""; // the same file may be given again
    if (file) attempt(() => library.replaceTemplate(template.id, file));
  };
  const facts = [
    t("library.version", { n: template.version }),
    t("library.uses", { n: template.uses }),
    bytes(template.size_bytes),
    fullTime(template.updated_at),
  ];
  const told = [fields, template.category, ...template.tags].filter(Boolean).join(" · ");
  return html`<${Entry} entry=${template} line=${told} state=${state}>
    ${(found) => html`<p class="small num">${facts.join(" · ")}</p>
      <${About} key=${template.version} template=${template} busy=${busy}
        onSave=${(about) => attempt(() => library.describeTemplate(template.id, about))} />
      <${Fields} found=${found} />
      <div class="buttons"><a class="button" download
          href=${documents.templatePath(template.id, "/file")}>${t("action.download")}</a>
        <label class="upload"><input type="file" name="replacement" accept=${TEMPLATE_KINDS}
          disabled=${busy} onChange=${replace} />
          <span class="button">${t("library.replace")}</span></label></div>`}<//>`;
}

export function SourceEntry({ source }) {
  const state = useEntry(source);
  const line = `${t("doc.rows", { n: source.rows })} × ${number(source.columns)}`;
  const facts = [bytes(source.size_bytes), fullTime(source.created_at)];
  return html`<${Entry} entry=${source} line=${line} state=${state}>
    ${({ columns }) => html`<p class="small num">${facts.join(" · ")}</p>
      <table class="found"><thead><tr>${["column", "type", "sample", "empty"].map(
        (name) => html`<th key=${name} scope="col">${t(`doc.col.${name}`)}</th>`,
      )}</tr></thead><tbody>${columns.map(
        ({ name, type, samples, empty }) => html`<tr key=${name}><th scope="row"><bdi>${name}</bdi>
          </th><td>${t(`doc.type.${type}`)}</td>
          <td class="sample small"><bdi>${samples.join(", ")}</bdi></td>
          <td class="num">${empty > 0 ? number(empty) : ""}</td></tr>`,
      )}</tbody></table>`}<//>`;
}
