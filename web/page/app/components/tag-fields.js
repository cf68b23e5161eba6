// How pictures are looked at, and what is written of them.
import { html } from "../html.js";
import { t } from "../words.js";
import { hasPlaces } from "../workshop.js";
import { PictureChoice } from "./picture-choice.js";
import { Folded, SpecField, SpecFields } from "./spec-field.js";

// What only one of the models knows.
const OF = { imagenet: ["language"], wd14tagger: ["character_threshold"] };

// Who has several taggers to choose from is the WebUI.
const placesOf = ({ via }) => (via === "webui" ? ["via", "model"] : ["via"]);

export function TagFields({ draft, change, form, earlier }) {
  const own = OF[form.values.analyzer] ?? [];
  const isOfFolders = draft.from === "folders";
  return html`${
      earlier ??
      html`<${PictureChoice} draft=${draft} change=${change} reasons=${form.reasons} />`
    }
    <div class="pair"><${SpecFields} names=${["analyzer", "save_type"]} form=${form} /></div>
    ${hasPlaces(form.values) && html`<div class="pair"><${SpecFields} names=${placesOf(form.values)}
      form=${form} /></div>`}
    <div class="numbers"><${SpecFields} names=${["threshold", "top", ...own]} form=${form} /></div>
    <${SpecField} name="extend_tags" form=${form} />
    ${isOfFolders && html`<div class="numbers"><${SpecField} name="limit" form=${form} /></div>
      <${SpecField} name="save_beside" form=${form} />`}
    <${Folded} title=${t("form.more")} form=${form} areas=${["skip_tags"]}
      figures=${["tag_order", "concurrency", "retries"]} flags=${["stop_on_failure"]} />`;
}
