// Which of the desk's tables has the rows of a job of documents: one that is there, one that is
// dropped here, or rows that are pasted.
import { useState } from "../../vendor/hooks.js";
import { pastedFile } from "../documents.js";
import { html } from "../html.js";
import { SOURCE_KINDS } from "../library.js";
import { usePage } from "../page.js";
import { useAttempt } from "../uploading.js";
import { exactTime, number, t } from "../words.js";
import { DropZone } from "./drop-zone.js";
import { FormError } from "./form-error.js";

function Choice({ source, chosen, onChoose }) {
  const size = t("doc.rows", { n: source.rows });
  return html`<li><label class="check"><input type="radio" name="source" value=${source.id}
      class="round" checked=${chosen} onChange=${onChoose} />
    <span class="named"><bdi>${source.name}</bdi></span>
    <span class="tag">${source.format}</span>
    <span class="small num">${size} × ${number(source.columns)}</span></label></li>`;
}

function Paste({ busy, onPaste }) {
  const [text, setText] = useState("");
  const use = async () => {
    const name = t("doc.pasted", { time: exactTime(Date.now()) });
    if (await onPaste(pastedFile(text, "pasted"), name)) setText("");
  };
  return html`<details><summary>${t("doc.paste")}</summary>
    <div class="field paste"><textarea name="pasted" rows="5" spellcheck=${false} value=${text}
        aria-label=${t("doc.paste")}
        placeholder=${"name\tcity\nAda\tLondon\nGrace\tNew York"}
        onInput=${(event) => setText(event.currentTarget.value)}></textarea>
      <small>${t("doc.paste.note")}</small>
      <button type="button" class="button" disabled=${busy || text.trim() === ""} onClick=${use}>
        ${t("doc.paste.do")}</button></div></details>`;
}

export function SourceChoice({ chosen, onChosen }) {
  const { library } = usePage();
  const { busy, error, attempt } = useAttempt();
  const sources = library.sources.value ?? [];
  const add = (file, name) =>
    attempt(async () => onChosen((await library.addSource(file, name ? { name } : {})).id));
  // A job has one table: of several that are added the last is chosen.
  const addAll = async (files) => {
    for (const file of files) if ((await add(file)) === null) return;
  };
  return html`<fieldset class="doc-part"><legend>${t("doc.source")}</legend>
    ${
      sources.length > 0 &&
      html`<ul class="choices">${sources.map(
        (one) => html`<${Choice} key=${one.id} source=${one} chosen=${chosen === one.id}
        onChoose=${() => onChosen(one.id)} />`,
      )}</ul>`
    }
    <${DropZone} name="source_file" accept=${SOURCE_KINDS} label=${t("doc.source.add")}
      note=${t("doc.source.note")} busy=${busy} multiple onFiles=${addAll} />
    <${Paste} busy=${busy} onPaste=${add} />
    ${error && html`<${FormError} error=${error} of="table" find=${() => undefined} />`}
  </fieldset>`;
}
