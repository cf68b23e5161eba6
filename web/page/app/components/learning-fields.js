// What a model is learned from, and what one that was learned is to look at.
import { useEffect } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { bytes, number, t } from "../words.js";
import { DropZone } from "./drop-zone.js";
import { FolderChoice } from "./folder-choice.js";
import { PageLink, WrongNote, wrongOf } from "./parts.js";
import { PictureChoice } from "./picture-choice.js";
import { Folded, SpecField, SpecFields } from "./spec-field.js";

const WAYS = ["file", "folders"];

function Archive({ file, onFile }) {
  if (file === null)
    return html`<${DropZone} name="archive" accept=".zip" label=${t("train.file.choose")}
      note=${t("train.file.note")} busy=${false} onFiles=${([chosen]) => onFile(chosen)} />`;
  return html`<div class="chosen-file"><bdi>${file.name}</bdi>
    <span class="small num">${bytes(file.size)}</span>
    <button type="button" class="button" onClick=${() => onFile(null)}>${t("new.file.remove")}
      </button></div>`;
}

export function TrainFields({ draft, change, form, earlier }) {
  const choice = html`<fieldset class="doc-part"><legend>${t("train.folders")}</legend>
      <div class="checks">${WAYS.map(
        (way) => html`<label class="check" key=${way}><input type="radio" name="from" class="round"
          value=${way} checked=${draft.from === way} onChange=${() => change({ from: way })} />
          ${t(`train.from.${way}`)}</label>`,
      )}</div>
      <p class="small">${t("train.folders.note")}</p>
      ${
        draft.from === "file"
          ? html`<${Archive} file=${draft.file} onFile=${(file) => change({ file })} />`
          : html`<${FolderChoice} draft=${draft} change=${change}
            reason=${form.reasons.input_dir} labels />`
      }</fieldset>`;
  return html`${earlier ?? choice}
    <${SpecField} name="name" form=${form} />
    <div class="numbers"><${SpecFields} names=${["validation"]} form=${form} /></div>
    <${Folded} title=${t("form.more")} form=${form}
      figures=${["epochs", "seed", "concurrency", "retries"]} flags=${["whole"]} />`;
}

function percentOf(accuracy) {
  if (accuracy === null) return "";
  return t("models.accuracy", { percent: number(Math.round(accuracy * 1000) / 10) });
}

function ModelChoice({ form }) {
  const { models, route } = usePage();
  useEffect(() => {
    models.read();
  }, [models]);
  const known = models.entries.value ?? [];
  if (models.entries.value !== null && known.length === 0)
    return html`<p class="quiet-line">${t("classify.no_models")}</p>`;
  return html`<label class="field"><span>${t("spec.model")}</span>
    <select name="model" required value=${form.values.model}
      ...${wrongOf("classify-model-note", form.reasons.model)}
      onChange=${(event) => form.set("model", event.currentTarget.value)}>
      <option value="">${t("classify.choose")}</option>
      ${known.map(
        (model) => html`<option key=${model.id} value=${model.id}>
        ${[model.name, t("models.labels", { n: model.labels }), percentOf(model.accuracy)]
          .filter(Boolean)
          .join(" · ")}</option>`,
      )}</select>
    <${WrongNote} id="classify-model-note" reason=${form.reasons.model} />
    <${PageLink} href=${route.toWorkshop()} class="small">${t("workshop.look")}<//></label>`;
}

export function ClassifyFields({ draft, change, form, earlier }) {
  return html`<${ModelChoice} form=${form} />
    ${
      earlier ??
      html`<${PictureChoice} draft=${draft} change=${change} reasons=${form.reasons} />`
    }
    <div class="numbers"><${SpecFields} names=${["top", "threshold"]} form=${form} /></div>
    <${Folded} title=${t("form.more")} form=${form} figures=${["concurrency", "retries"]}
      flags=${["stop_on_failure"]} />`;
}
