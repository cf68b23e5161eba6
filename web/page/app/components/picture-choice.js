// Which pictures a job looks at: those of the desk's library, or folders that the server looks
// into.
import { useEffect } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { t } from "../words.js";
import { FolderChoice } from "./folder-choice.js";
import { AddedPictures } from "./picture-shelf.js";

const WAYS = ["pictures", "folders"];

function Choice({ picture, chosen, onChoose }) {
  const { documents } = usePage();
  return html`<li><label class="check"><input type="checkbox" name="picture" value=${picture.id}
      checked=${chosen} onChange=${(event) => onChoose(event.currentTarget.checked)} />
    <img src=${documents.thumbnailAddress(picture)} alt="" loading="lazy" width="32" height="32" />
    <span class="named"><bdi>${picture.name}</bdi></span></label></li>`;
}

function OfLibrary({ chosen, onChosen }) {
  const { library } = usePage();
  const pictures = library.pictures.value ?? [];
  const choose = (id, on) => onChosen(on ? [...chosen, id] : chosen.filter((one) => one !== id));
  const every = chosen.length === pictures.length;
  return html`${
    pictures.length > 0 &&
    html`<p class="choosing-all"><button type="button" class="button"
        onClick=${() => onChosen(every ? [] : pictures.map(({ id }) => id))}>
        ${t(every ? "choice.none" : "choice.all")}</button>
      <span class="small num">${t("choice.chosen", { n: chosen.length })}</span></p>
    <ul class="choices pictures">${pictures.map(
      (one) => html`<${Choice} key=${one.id} picture=${one} chosen=${chosen.includes(one.id)}
      onChoose=${(on) => choose(one.id, on)} />`,
    )}</ul>`
  }
  <${AddedPictures}
    onAdded=${(ids) => onChosen([...new Set([...chosen, ...ids])])} />`;
}

export function PictureChoice({ draft, change, reasons }) {
  const { library } = usePage();
  useEffect(() => {
    library.read();
  }, [library]);
  return html`<fieldset class="doc-part"><legend>${t("pictures.which")}</legend>
    <div class="checks">${WAYS.map(
      (way) => html`<label class="check" key=${way}><input type="radio" name="from" value=${way}
        class="round" checked=${draft.from === way} onChange=${() => change({ from: way })} />
        ${t(`pictures.from.${way}`)}</label>`,
    )}</div>
    ${
      draft.from === "pictures"
        ? html`<${OfLibrary} chosen=${draft.pictures}
          onChosen=${(pictures) => change({ pictures })} />`
        : html`<${FolderChoice} draft=${draft} change=${change} reason=${reasons.input_dir} />`
    }</fieldset>`;
}
