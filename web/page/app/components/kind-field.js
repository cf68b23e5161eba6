// What a new job is to do: the same choice above every form.
import { html } from "../html.js";
import { t } from "../words.js";
import { WORKSHOP } from "../workshop.js";

const KINDS = ["fetch", "visit", "tab", "document", ...WORKSHOP];

export function KindField({ kind, onKind }) {
  return html`<fieldset class="kinds"><legend>${t("new.kind")}</legend>
    ${KINDS.map(
      (name) => html`<label class="check" key=${name}><input type="radio" name="kind" value=${name}
      checked=${kind === name} onChange=${() => onKind(name)} />
      <span>${t(`new.kind.${name}`)}<small>${t(`new.kind.${name}.note`)}</small></span></label>`,
    )}</fieldset>`;
}
