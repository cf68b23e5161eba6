// The pictures that a job has looked at, each beside what it has seen on it.
import { useMemo, useRef } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { Pages } from "../pages.js";
import { usePage } from "../page.js";
import { reasonIn } from "../reasons.js";
import { useThrottled } from "../throttle.js";
import { visibleLine } from "../visible.js";
import { t } from "../words.js";
import { Sure } from "./outcome-view.js";
import { VirtualList } from "./virtual-list.js";

const REFRESH_MS = 2000;
const ROW_PX = 120;
// What is below is cut off by the row.
const MOST_SHOWN = 24;

function useSeen(job, sight) {
  const { api } = usePage();
  const pages = useMemo(
    () => new Pages((offset, limit) => api.items(job.id, { offset, limit })),
    [api, job.id],
  );
  const refresh = () => pages.refresh(sight.current.first, sight.current.last);
  useThrottled(refresh, `${job.counts.done} ${job.status}`, REFRESH_MS);
  return pages;
}

function Said({ outcome }) {
  if (outcome.error) return html`<p class="small"><bdi>${reasonIn(outcome.error)}</bdi></p>`;
  const found = outcome.tags ?? outcome.labels ?? [];
  if (found.length === 0) return html`<p class="small">${t("items.unsure")}</p>`;
  return html`<${Sure} found=${found.slice(0, MOST_SHOWN)} />`;
}

function Row({ job, outcome }) {
  const { api } = usePage();
  if (outcome === null) return html`<div class="seen loading" role="listitem">…</div>`;
  const name = visibleLine(outcome.image ?? `#${outcome.index}`);
  const address = api.itemPictureAddress(job.id, outcome.index);
  return html`<div class="seen" role="listitem">
    <a href=${address} target="_blank" rel="noreferrer" aria-label=${t("gallery.open", { name })}>
      <img src=${address} alt="" loading="lazy" decoding="async" /></a>
    <div><p class="named" title=${name}><bdi>${name}</bdi></p><${Said} outcome=${outcome} /></div>
    </div>`;
}

export function SeenTab({ job }) {
  const sight = useRef({ first: 0, last: 1 });
  const pages = useSeen(job, sight);
  const total = pages.total.value;
  void pages.version.value; // rows are read from the pages below; their version says when
  const failed = pages.error.value;
  if (failed)
    return html`<p class="tab-error" role="status">${t("items.error")} <code>${failed.code}</code>
      </p>`;
  if (total === null)
    return html`<p class="quiet-note" aria-busy="true">${t("list.loading")}</p>`;
  if (total === 0) return html`<p class="quiet-note">${t("seen.none_yet")}</p>`;
  const onSight = (first, last) => {
    sight.current = { first, last };
    pages.want(first, last);
  };
  return html`<div class="gallery"><${VirtualList} count=${total} rowHeight=${ROW_PX}
    renderRow=${(at) => html`<${Row} key=${at} job=${job} outcome=${pages.at(at)} />`}
    onSight=${onSight} aria-label=${t("tab.gallery")} /></div>`;
}
