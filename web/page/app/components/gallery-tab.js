// The pictures of a job, as they come: a grid that draws what is in sight, one of them in full, and
// what can be done with those that are chosen.
import { useLayoutEffect, useMemo, useRef, useState } from "../../vendor/hooks.js";
import { Gallery, stepFrom } from "../gallery.js";
import { html } from "../html.js";
import { isOver } from "../job.js";
import { usePage } from "../page.js";
import { useThrottled } from "../throttle.js";
import { useAttempt } from "../uploading.js";
import { t } from "../words.js";
import { FormError } from "./form-error.js";
import { PictureView } from "./picture-view.js";
import { VirtualList } from "./virtual-list.js";

const REFRESH_MS = 3000;
// A long list is asked for less often: it is sent whole.
const PER_REFRESH = 2000;
const TILE_PX = 168;

// How many tiles stand side by side in `ref`.
function useColumns(ref) {
  const [columns, setColumns] = useState(1);
  useLayoutEffect(() => {
    const read = () => setColumns(Math.max(2, Math.floor(ref.current.clientWidth / TILE_PX)));
    const observer = new ResizeObserver(read);
    observer.observe(ref.current);
    read();
    return () => observer.disconnect();
  }, []);
  return columns;
}

function Tile({ job, picture, at, chosen, focusable, onChoose, onOpen }) {
  const { api, route } = usePage();
  const { name } = picture;
  const address = api.artifactAddress(job.id, name);
  return html`<div class=${`tile${chosen ? " chosen" : ""}`} role="listitem">
    <button type="button" class="see" data-tile=${at} tabindex=${focusable ? 0 : -1}
      aria-label=${t("gallery.open", { name })} onClick=${() => onOpen(at)}>
      <img src=${address} alt="" loading="lazy" decoding="async" /></button>
    ${
      !route.isShared &&
      html`<input type="checkbox" name="chosen" checked=${chosen}
      aria-label=${t("gallery.choose", { name })}
      onChange=${(event) => onChoose(name, event.currentTarget.checked)} />`
    }</div>`;
}

function Grid({ job, pictures, chosen, onChoose, onOpen, at, setAt }) {
  const box = useRef(null);
  const columns = useColumns(box);
  const wanted = useRef(null);
  const settle = () => {
    const tile = box.current.querySelector(`[data-tile="${wanted.current}"]`);
    if (!tile) return;
    wanted.current = null;
    tile.focus();
  };
  useLayoutEffect(settle);
  const move = (event) => {
    if (event.target.dataset.tile === undefined) return;
    const next = stepFrom(Number(event.target.dataset.tile), event.key, columns, pictures.length);
    if (next === null) return;
    event.preventDefault();
    wanted.current = next;
    const frame = box.current.querySelector(".scroll");
    const rows = Math.ceil(pictures.length / columns);
    const height = frame.scrollHeight / rows;
    const top = Math.floor(next / columns) * height;
    if (top < frame.scrollTop) frame.scrollTop = top;
    else if (top + height > frame.scrollTop + frame.clientHeight)
      frame.scrollTop = top + height - frame.clientHeight;
    setAt(next);
  };
  const row = (index) => html`<div class="tiles" key=${index} role="presentation"
    style=${{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
    ${pictures.slice(index * columns, (index + 1) * columns).map(
      (picture, place) => html`<${Tile} key=${picture.name} job=${job} picture=${picture}
      at=${index * columns + place} chosen=${chosen.has(picture.name)} onChoose=${onChoose}
      focusable=${index * columns + place === at} onOpen=${onOpen} />`,
    )}</div>`;
  return html`<div class="gallery" ref=${box} onKeyDown=${move}>
    <${VirtualList} count=${Math.ceil(pictures.length / columns)} rowHeight=${TILE_PX}
      renderRow=${row} onSight=${settle} aria-label=${t("tab.gallery")} /></div>`;
}

function Deleting({ count, busy, onDelete }) {
  const [sure, setSure] = useState(false);
  if (!sure)
    return html`<button type="button" class="button" disabled=${busy}
      onClick=${() => setSure(true)}>
      ${t("gallery.delete", { n: count })}</button>`;
  const remove = async () => {
    await onDelete();
    setSure(false);
  };
  return html`<span class="sure" role="group"><span>${t("gallery.delete.sure", { n: count })}</span>
    <button type="button" class="button danger" disabled=${busy} onClick=${remove}>
      ${t("library.delete")}</button>
    <button type="button" class="button" ref=${(button) => button?.focus()}
      onClick=${() => setSure(false)}>${t("library.keep")}</button></span>`;
}

function Bar({ job, pictures, chosen, setChosen, state, onDelete }) {
  const { api, route } = usePage();
  const every = chosen.size === pictures.length;
  const all = () => setChosen(new Set(every ? [] : pictures.map(({ name }) => name)));
  return html`<div class="gallery-bar">
    <span class="num small" role="status">${
      chosen.size > 0
        ? t("choice.chosen", { n: chosen.size })
        : t("gallery.count", { n: pictures.length })
    }</span>
    ${
      !route.isShared &&
      html`<button type="button" class="button" onClick=${all}>
      ${t(every ? "choice.none" : "choice.all")}</button>`
    }
    ${
      chosen.size > 0 &&
      (isOver(job)
        ? html`<${Deleting} key=${chosen.size} count=${chosen.size} busy=${state.busy}
          onDelete=${onDelete} />`
        : html`<small>${t("gallery.busy")}</small>`)
    }
    <a class="button" href=${api.jobPath(job.id, "/artifacts.zip")} download>${t("files.zip")}</a>
  </div>`;
}

function useGallery(job) {
  const { api } = usePage();
  const gallery = useMemo(() => new Gallery(api, job.id), [api, job.id]);
  const known = gallery.pictures.value;
  const slower = 1 + Math.floor((known?.length ?? 0) / PER_REFRESH);
  const said = `${job.counts.done} ${job.tally?.made} ${job.status}`;
  useThrottled(() => gallery.read(), said, REFRESH_MS * slower);
  return gallery;
}

export function GalleryTab({ job }) {
  const gallery = useGallery(job);
  const [chosen, setChosen] = useState(new Set());
  const [open, setOpen] = useState(null);
  const [at, setAt] = useState(0);
  const state = useAttempt();
  const pictures = gallery.pictures.value;
  const failed = gallery.error.value;
  if (failed)
    return html`<p class="tab-error" role="status">${t("items.error")} <code>${failed.code}</code>
      </p>`;
  if (pictures === null)
    return html`<p class="quiet-note" aria-busy="true">${t("list.loading")}</p>`;
  if (pictures.length === 0)
    return html`<p class="quiet-note">${t(isOver(job) ? "gallery.none" : "gallery.none_yet")}</p>`;
  const choose = (name, on) => {
    const names = new Set(chosen);
    if (on) names.add(name);
    else names.delete(name);
    setChosen(names);
  };
  const remove = async () => {
    if (await state.attempt(() => gallery.remove([...chosen]))) setChosen(new Set());
  };
  const shown = open === null ? null : Math.min(open, pictures.length - 1);
  return html`<${Bar} job=${job} pictures=${pictures} chosen=${chosen} setChosen=${setChosen}
      state=${state} onDelete=${remove} />
    ${state.error && html`<${FormError} error=${state.error} find=${() => undefined} />`}
    <${Grid} job=${job} pictures=${pictures} chosen=${chosen} onChoose=${choose} onOpen=${setOpen}
      at=${Math.min(at, pictures.length - 1)} setAt=${setAt} />
    ${
      shown !== null &&
      html`<${PictureView} job=${job} gallery=${gallery} pictures=${pictures} at=${shown}
      onTurn=${setOpen} onClose=${() => {
        setAt(shown);
        setOpen(null);
      }} />`
    }`;
}
