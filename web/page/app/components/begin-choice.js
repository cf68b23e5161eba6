// The picture that prompts begin with: one of the desk's library, one that is added to it from this
// computer, or one that a job has made; none as a rule. It is named, not sent with each prompt.
import { useEffect } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { t } from "../words.js";
import { AddedPictures } from "./picture-shelf.js";
import { SpecField } from "./spec-field.js";

// What a WebUI begins with; the library has GIFs, too.
const USABLE = /\.(png|jpe?g|webp)$/i;
export const canBegin = (name) => USABLE.test(name);

function Choice({ value, checked, onChoose, children }) {
  return html`<li><label class="check"><input type="radio" name="begin" class="round"
      value=${value} checked=${checked} onChange=${onChoose} />${children}</label></li>`;
}

function Known({ picture }) {
  const { documents } = usePage();
  return html`<img src=${documents.thumbnailAddress(picture)} alt="" loading="lazy" width="32"
      height="32" /><span class="named"><bdi>${picture.name}</bdi></span>`;
}

function OfJob({ file }) {
  const { api } = usePage();
  return html`<img src=${api.artifactAddress(file.job, file.name)} alt="" loading="lazy" width="32"
      height="32" /><span class="named"><bdi>${file.name}</bdi></span>`;
}

function Choices({ begin, onBegin }) {
  const { library } = usePage();
  useEffect(() => {
    library.read();
  }, [library]);
  const known = (library.pictures.value ?? []).filter(({ format }) => canBegin(`.${format}`));
  return html`<ul class="choices pictures">
    <${Choice} value="" checked=${begin === null} onChoose=${() => onBegin(null)}>
      <span class="named">${t("begin.none")}</span><//>
    ${
      begin?.file &&
      html`<${Choice} value="file" checked onChoose=${() => undefined}>
      <${OfJob} file=${begin.file} /><//>`
    }
    ${known.map(
      (picture) => html`<${Choice} key=${picture.id} value=${picture.id}
      checked=${begin?.picture === picture.id} onChoose=${() => onBegin({ picture: picture.id })}>
      <${Known} picture=${picture} /><//>`,
    )}</ul>
    <${AddedPictures} onAdded=${([id]) => id && onBegin({ picture: id })} />`;
}

export function BeginChoice({ begin, onBegin, form }) {
  return html`<details class="begin" open=${begin !== null || undefined}>
    <summary>${t("begin.title")}</summary>
    <div class="folded"><p class="small">${t("begin.note")}</p>
      <${Choices} begin=${begin} onBegin=${onBegin} />
      ${begin !== null && html`<${SpecField} name="denoising_strength" form=${form} />`}
    </div></details>`;
}
