// The list of jobs: filter field, rows in sight, arrows up and down.
import { useLayoutEffect, useRef, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { t } from "../words.js";
import { useKeptFocus } from "./focus.js";
import { GroupHead } from "./group-head.js";
import { HomeLine } from "./home-line.js";
import { Icon } from "./icons.js";
import { JobRow } from "./job-row.js";
import { LaneHead } from "./lane-head.js";
import { VirtualList, scrollToRow } from "./virtual-list.js";

const ROW_PX = 48;
const WIDE_PX = 640; // as in jobs.css: below it a row is a card, and heads cost too much room
const STEPS = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 10,
  PageUp: -10,
  Home: -Infinity,
  End: Infinity,
};

// Where the keyboard is in the list, and the focus that follows it once the row is drawn: which may
// be after a scroll, so the list calls `settle` whenever it has drawn other rows.
// The keyboard passes over the heads of lanes, which are no jobs.
function useCursor(frame, rows) {
  const [cursor, setCursor] = useState(0);
  const wanted = useRef(null);
  const count = rows.length;
  const within = Math.max(0, Math.min(cursor, count - 1));
  const at = rows[within]?.job || within + 1 >= count ? within : within + 1;
  const settle = () => {
    const link = wanted.current && frame.current.querySelector(`[data-row="${wanted.current}"]`);
    if (!link) return;
    wanted.current = null;
    link.focus({ preventScroll: true });
  };
  useLayoutEffect(settle);
  const move = (event) => {
    const step = STEPS[event.key];
    if (step === undefined || count === 0 || event.target.closest("input")) return;
    event.preventDefault();
    const aimed = Math.max(0, Math.min(count - 1, at + step));
    const next = rows[aimed].job ? aimed : aimed + (step < 0 && aimed > 0 ? -1 : 1);
    wanted.current = String(next);
    scrollToRow(frame.current, next, count);
    setCursor(next);
  };
  return { at, move, settle, setCursor };
}

function useWide(list) {
  const { view } = usePage();
  useLayoutEffect(() => {
    const read = () => {
      view.wide.value = list.current.clientWidth >= WIDE_PX;
    };
    const observer = new ResizeObserver(read);
    observer.observe(list.current);
    read();
    return () => observer.disconnect();
  }, []);
}

const hasCost = (job) => job.spend !== undefined || job.spent_tokens > 0;

function FilterField() {
  const { view } = usePage();
  const onKey = (event) => {
    if (event.key !== "ArrowDown" && event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
    document.querySelector("[data-row]")?.focus();
  };
  return html`
    <div class="filter-field"><${Icon} name="search" />
      <input type="search" data-filter-text placeholder=${t("filter.placeholder")}
        value=${view.text.value}
        aria-label=${t("filter.placeholder")} onKeyDown=${onKey}
        onInput=${(event) => {
          view.text.value = event.currentTarget.value;
        }} />
    </div>`;
}

function Nothing() {
  const { desk, view } = usePage();
  if (!desk.loaded.value)
    return html`<p class="quiet-note" aria-busy="true">${t("list.loading")}</p>`;
  const clear = () => {
    view.text.value = "";
    view.filter.value = "all";
    view.kind.value = null;
  };
  return html`<p class="quiet-note">${t("list.nothing")}
    <button type="button" class="button" onClick=${clear}>${t("filter.clear")}</button></p>`;
}

export function JobList() {
  const { desk, view } = usePage();
  const frame = useRef(null);
  const list = useRef(null);
  useWide(list);
  const rows = view.rows.value;
  const { at, move, settle, setCursor } = useCursor(frame, rows);
  const needy = view.needs.value;
  const row = (index) => {
    const { job } = rows[index];
    if (rows[index].group) return html`<${GroupHead} key=${rows[index].group} ...${rows[index]} />`;
    if (!job) return html`<${LaneHead} key=${`lane ${rows[index].lane}`} ...${rows[index]} />`;
    const [count, focusable, needs] = [rows.length, index === at, needy.has(job.id)];
    // Drawn anew only where one of these is another: signals have Preact compare them.
    return html`<${JobRow} key=${job.id} job=${job} index=${index} count=${count}
      focusable=${focusable} needs=${needs} />`;
  };
  const kept = useKeptFocus(() => frame.current?.querySelector(`[data-row="${at}"]`)?.focus());
  const costly = desk.jobs.value.some(hasCost);
  const follow = (event) => {
    kept.onFocusIn(event);
    const index = event.target.closest("[data-row]")?.dataset.row;
    if (index !== undefined) setCursor(Number(index));
  };
  return html`
    <div class="job-list ${costly ? "with-costs" : ""}" ref=${list} onKeyDown=${move} onFocusIn=${follow} onFocusOut=${kept.onFocusOut}>
      <h1 class="unseen">${t("list.label")}</h1>
      <div class="list-head"><${FilterField} /><${HomeLine} /></div>
      ${
        rows.length === 0
          ? html`<${Nothing} />`
          : html`<${VirtualList} count=${rows.length}
        rowHeight=${ROW_PX} renderRow=${row} scrollRef=${frame} onSight=${settle}
          aria-label=${t("list.label")} />`
      }
    </div>`;
}
