// Which of the desk's templates a job of documents is made by; what is dropped here is kept on the
// desk, and chosen.
import { html } from "../html.js";
import { TEMPLATE_KINDS } from "../library.js";
import { usePage } from "../page.js";
import { useAttempt } from "../uploading.js";
import { t } from "../words.js";
import { DropZone } from "./drop-zone.js";
import { FormError } from "./form-error.js";

function Choice({ template, chosen, onChoose }) {
  return html`<li><label class="check"><input type="checkbox" name="template" value=${template.id}
      checked=${chosen} onChange=${(event) => onChoose(event.currentTarget.checked)} />
    <span class="named"><bdi>${template.name}</bdi></span>
    <span class="tag">${template.format}</span>
    <span class="small num">${t("doc.fields", { n: template.fields })}</span></label></li>`;
}

export function TemplateChoice({ chosen, onChosen }) {
  const { library } = usePage();
  const { busy, error, attempt } = useAttempt();
  const templates = library.templates.value ?? [];
  const add = (files) =>
    attempt(async () => {
      const ids = [];
      for (const file of files) ids.push((await library.addTemplate(file)).id);
      onChosen([...chosen, ...ids]);
    });
  const choose = (id, on) => onChosen(on ? [...chosen, id] : chosen.filter((one) => one !== id));
  return html`<fieldset class="doc-part"><legend>${t("doc.templates")}</legend>
    ${
      templates.length > 0 &&
      html`<ul class="choices">${templates.map(
        (one) => html`<${Choice} key=${one.id} template=${one} chosen=${chosen.includes(one.id)}
        onChoose=${(on) => choose(one.id, on)} />`,
      )}</ul>`
    }
    <${DropZone} name="template_file" accept=${TEMPLATE_KINDS} label=${t("doc.templates.add")}
      note=${t("doc.templates.note")} busy=${busy} multiple onFiles=${add} />
    ${error && html`<${FormError} error=${error} of="template" find=${() => undefined} />`}
  </fieldset>`;
}
