// The first page of one document of the job that is being made, before it is made.
import { useEffect, useState } from "../../vendor/hooks.js";
import { pictured } from "../documents.js";
import { html } from "../html.js";
import { explain } from "../notices.js";
import { usePage } from "../page.js";
import { reasonIn } from "../reasons.js";
import { useSettled } from "../throttle.js";
import { number, t } from "../words.js";
import { IconButton } from "./parts.js";

const QUIET_MS = 600;

// `state`: {picture, error, busy}. The last picture stays while the next one is drawn.
function usePicture(spec, row, template) {
  const { documents } = usePage();
  const asked = useSettled(JSON.stringify([pictured(spec), row, template]), QUIET_MS);
  const [again, setAgain] = useState(0);
  const [state, setState] = useState({ picture: null, error: null, busy: true });
  useEffect(() => {
    let wanted = true;
    const [what, ...place] = JSON.parse(asked);
    const tell = (found) => wanted && setState(found);
    const draw = async () => {
      try {
        const picture = await documents.picture(what, ...place);
        tell({ picture, error: null, busy: false });
      } catch (error) {
        if (!error.code) throw error;
        tell({ picture: null, error, busy: false });
      }
    };
    setState((before) => ({ ...before, busy: true }));
    draw();
    return () => {
      wanted = false;
    };
  }, [documents, asked, again]);
  return { ...state, repeat: () => setAgain(again + 1) };
}

function reasonOf(error) {
  const [first] = Array.isArray(error.details.errors) ? error.details.errors : [];
  return reasonIn(first?.reason) ?? explain(error).what;
}

function Sheet({ picture, error, busy, alt, repeat }) {
  if (error && !busy)
    return html`<div class="sheet failed" role="status"><p class="wrong">${t("doc.preview.failed")}
      </p><p><bdi>${reasonOf(error)}</bdi></p>
      <button type="button" class="button" onClick=${repeat}>${t("doc.preview.again")}</button>
      </div>`;
  return html`<div class="sheet ${busy ? "busy" : ""}" aria-busy=${busy}>
    ${picture && html`<img src=${picture} alt=${alt} />`}
    ${busy && html`<p class="small" role="status">${t("doc.preview.busy")}</p>`}</div>`;
}

// `rows` is how many there are to look at.
export function DocumentPreview({ spec, templates, rows }) {
  const [row, setRow] = useState(0);
  const [template, setTemplate] = useState(0);
  const place = Math.min(row, Math.max(0, rows - 1));
  const which = Math.min(template, templates.length - 1);
  const state = usePicture(spec, place, which);
  const at = t("doc.preview.row", { n: place + 1, of: number(rows) });
  return html`<section class="doc-part doc-preview" aria-label=${t("doc.preview")}>
    <header><h2>${t("doc.preview")}</h2>
      ${
        templates.length > 1 &&
        html`<select aria-label=${t("doc.templates")} value=${which}
        onChange=${(event) => setTemplate(Number(event.currentTarget.value))}>${templates.map(
          ({ id, name }, index) => html`<option key=${id} value=${index}>${name}</option>`,
        )}</select>`
      }
      <span class="turns"><${IconButton} icon="back" label=${t("doc.preview.back")}
          disabled=${place === 0} onPress=${() => setRow(place - 1)} />
        <span class="small num">${at}</span>
        <${IconButton} icon="open" label=${t("doc.preview.next")} disabled=${place + 1 >= rows}
          onPress=${() => setRow(place + 1)} /></span></header>
    <${Sheet} ...${state} alt=${t("doc.preview.alt", { n: place + 1 })} /></section>`;
}
