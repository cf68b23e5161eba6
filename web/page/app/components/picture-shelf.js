// The desk's pictures: a small one of each, what a table calls it, and where it is used.
import { useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { explain } from "../notices.js";
import { usePage } from "../page.js";
import { PICTURE_KINDS, addAll, named } from "../pictures.js";
import { reasonIn } from "../reasons.js";
import { useAttempt } from "../uploading.js";
import { bytes, number, t } from "../words.js";
import { DropZone } from "./drop-zone.js";
import { FormError } from "./form-error.js";
import { Deleting } from "./library-entry.js";
import { CopyButton } from "./parts.js";

function Entry({ picture }) {
  const { documents, library } = usePage();
  const { busy, error, attempt } = useAttempt();
  const size = `${number(picture.width)} × ${number(picture.height)}`;
  const uses = picture.uses > 0 && t("library.uses", { n: picture.uses });
  const facts = [size, bytes(picture.size_bytes), uses].filter(Boolean).join(" · ");
  return html`<li class="picture">
    <a href=${documents.picturePath(picture.id, "/file")} download tabindex="-1" aria-hidden="true">
      <img src=${documents.thumbnailAddress(picture)} alt="" loading="lazy" /></a>
    <div><span class="named"><bdi>${picture.name}</bdi></span>
      <span class="call"><code><bdi>${named(picture.id)}</bdi></code>
        <${CopyButton} small text=${named(picture.id)}
          label=${t("pictures.copy", { name: picture.name })} /></span>
      <span class="small num">${facts}</span></div>
    <${Deleting} entry=${picture} busy=${busy}
      onDelete=${() => attempt(() => library.remove(picture))} />
    ${error && html`<${FormError} error=${error} find=${() => undefined} />`}</li>`;
}

// Those of an upload that were not kept, each with its reason.
function Refused({ refused }) {
  if (refused.length === 0) return null;
  return html`<div class="form-error" role="alert">
    <p><b>${t("pictures.refused", { n: refused.length })}</b></p>
    <ol>${refused.map(({ name, error }, at) => {
      // Of what the server refuses, its reason says more than its kind.
      const { what, todo, detail, code } = explain(error);
      const isOwn = detail === code;
      const said = isOwn ? what : reasonIn(detail) || what;
      return html`<li key=${at}><b><bdi>${name}</bdi></b> <bdi>${said}</bdi>
        <small>${isOwn && todo}</small></li>`;
    })}</ol></div>`;
}

function useAdding() {
  const { library } = usePage();
  const [state, setState] = useState({ progress: null, refused: [] });
  const add = async (files) => {
    const ids = [];
    setState({ progress: { n: 0, of: files.length }, refused: [] });
    const tell = (n, of) => setState({ progress: { n, of }, refused: [] });
    let refused = [];
    try {
      const keep = async (file, id) => ids.push((await library.addPicture(file, id)).id);
      refused = await addAll(files, keep, tell);
    } finally {
      setState({ progress: null, refused });
    }
    return ids;
  };
  return { ...state, add };
}

// Where pictures are added to the library: `onAdded` is told the ids of those that were kept. On a
// form of a job they are that job's, and what a table would call them is of no use.
export function AddedPictures({ onAdded = () => undefined, note = t("pictures.drop") }) {
  const { progress, refused, add } = useAdding();
  return html`<${DropZone} name="pictures_file" accept=${PICTURE_KINDS}
      label=${t("library.pictures.add")} busy=${progress !== null} multiple
      note=${progress?.of > 1 ? t("pictures.progress", progress) : note}
      onFiles=${async (files) => onAdded(await add(files))} />
    <${Refused} refused=${refused} />`;
}

export function PictureShelf({ pictures }) {
  return html`<section class="doc-part" aria-label=${t("library.pictures")}>
    <h2>${t("library.pictures")}</h2>
    ${pictures.length === 0 && html`<p class="small">${t("library.pictures.none")}</p>`}
    <ul class="shelf">${pictures.map(
      (one) => html`<${Entry} key=${`${one.id} ${one.sha256}`} picture=${one} />`,
    )}</ul>
    <${AddedPictures} note=${t("pictures.note")} /></section>`;
}
