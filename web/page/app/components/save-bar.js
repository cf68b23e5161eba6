// What of the journeys is not kept yet, and the two ways on; and, where somebody else changed them
// meanwhile, whose are to stay.
import { html } from "../html.js";
import { explain } from "../notices.js";
import { usePage } from "../page.js";
import { t } from "../words.js";

const isPlaced = (error, wrong) => wrong.size > 0 && error.details.errors?.length > 0;

function Changed() {
  const { journeys } = usePage();
  return html`<div class="changed" role="alert"><p>${t("journeys.changed")}</p>
    <div class="buttons">
      <button type="button" class="button" onClick=${() => journeys.discard()}>
        ${t("journeys.theirs")}</button>
      <button type="button" class="button" onClick=${() => journeys.save({ overwrite: true })}>
        ${t("journeys.mine")}</button></div></div>`;
}

function Trouble({ error }) {
  const { journeys } = usePage();
  const { what, todo, detail, code } = explain(error);
  const n = error.details.error_count ?? error.details.errors?.length;
  if (isPlaced(error, journeys.wrong.value))
    return html`<p class="wrong" role="alert"><b>${t("journeys.wrong", { n })}</b></p>`;
  return html`<div class="form-error" role="alert"><p><b><bdi>${what}</bdi></b> ${todo}</p>
    <p class="small">${detail && html`<bdi>${detail}</bdi> · `}<code>${code}</code></p></div>`;
}

export function SaveBar() {
  const { journeys } = usePage();
  const error = journeys.trouble.value;
  const dirty = journeys.dirty.value;
  const saving = journeys.saving.value;
  const changed = error?.code === "journeys_changed";
  return html`<div class="save-bar">
    ${changed && html`<${Changed} />`}
    ${error && !changed && html`<${Trouble} error=${error} />`}
    ${
      dirty &&
      html`<div class="buttons"><span class="unsaved">${t("journeys.unsaved")}</span>
      <button type="button" class="button" disabled=${saving} onClick=${() => journeys.discard()}>
        ${t("journeys.discard")}</button>
      <button type="button" class="button primary" disabled=${saving}
        onClick=${() => journeys.save()}>${t("journeys.save")}</button></div>`
    }</div>`;
}
