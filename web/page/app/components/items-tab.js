// A job's items: filters by outcome, failures by cause, the table, and one outcome in full.
import { useMemo, useRef, useState } from "../../vendor/hooks.js";
import { namesOf } from "../extracted.js";
import { html } from "../html.js";
import { isOver } from "../job.js";
import { Pages } from "../pages.js";
import { usePage } from "../page.js";
import { NOTHING, whereOf } from "../result-filter.js";
import { useSettled, useThrottled } from "../throttle.js";
import { number, t } from "../words.js";
import { Causes } from "./causes.js";
import { ItemRow, ItemsHead } from "./item-row.js";
import { LiveButton, LiveView } from "./live-view.js";
import { OutcomeView } from "./outcome-view.js";
import { ResultFilter } from "./result-filter.js";
import { VirtualList } from "./virtual-list.js";

const REFRESH_MS = 1000;
const ROW_PX = 36;
const TYPING_MS = 300;

// Endings the user can ask for, and how many the job's own counts promise; null where they don't
// say.
const STATUSES = [
  ["", null],
  ["failed", (counts) => counts.failed],
  ["ok", (counts) => counts.ok],
  ["skipped", (counts) => counts.skipped],
  ["pending", (counts) => counts.total - counts.done],
];

function Filters({ job, chosen, onChoose }) {
  return html`<div class="item-filters" role="group" aria-label=${t("items.filter")}>
    ${STATUSES.filter(([name, count]) => name !== "skipped" || count(job.counts) > 0).map(
      ([name, count]) => html`
      <button type="button" key=${name} class="filter" aria-pressed=${name === chosen}
        onClick=${() => onChoose(name)}>${t(`items.${name || "all"}`)}
        ${count && html`<span class="num count">${number(count(job.counts))}</span>`}</button>`,
    )}</div>`;
}

// The pages of one query, kept fresh while the job moves.
function usePages(job, status, where, sight) {
  const { api } = usePage();
  const said = JSON.stringify(where);
  const pages = useMemo(
    () => new Pages((offset, limit) => api.items(job.id, { status, offset, limit, where })),
    [job.id, status, said],
  );
  const refresh = () => pages.refresh(sight.current.first, sight.current.last);
  useThrottled(
    refresh,
    `${status} ${said} ${job.counts.done} ${job.counts.failed} ${job.status}`,
    REFRESH_MS,
  );
  return pages;
}

function Table({ job, pages, sight, chosen, onChoose }) {
  const total = pages.total.value;
  void pages.version.value; // rows are read from the pages below; their version says when
  if (total === 0) return html`<p class="quiet-note">${t("items.nothing")}</p>`;
  const names = namesOf(pages.seen());
  const row = (index) => html`<${ItemRow} key=${index} outcome=${pages.at(index)} row=${index}
    names=${names} chosen=${pages.at(index)?.index === chosen} onChoose=${onChoose} />`;
  const onSight = (first, last) => {
    sight.current = { first, last };
    pages.want(first, last);
  };
  return html`<${ItemsHead} job=${job} names=${names} />
    <${VirtualList} count=${total ?? 0} rowHeight=${ROW_PX} renderRow=${row} onSight=${onSight}
      aria-label=${t("tab.items")} />`;
}

function moveFocus(event) {
  const delta = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const row = event.target.closest("[data-item-row]");
  if (delta === undefined || !row) return;
  event.preventDefault();
  const next = event.currentTarget.querySelector(
    `[data-item-row="${Number(row.dataset.itemRow) + delta}"]`,
  );
  next?.focus();
}

export function ItemsTab({ job }) {
  const [status, setStatus] = useState("");
  const [chosen, setChosen] = useState(null);
  const sight = useRef({ first: 0, last: 1 });
  const [filter, setFilter] = useState(NOTHING);
  const settled = useSettled(filter, TYPING_MS);
  // What has not ended yet has nothing to be found by.
  const isEnded = status !== "pending";
  const where = isEnded ? whereOf(settled) : {};
  const pages = usePages(job, status, where, sight);
  const anew = (set) => (value) => {
    sight.current = { first: 0, last: 1 };
    set(value);
  };
  const error = pages.error.value;
  return html`
    ${
      job.kind === "visit" &&
      !isOver(job) &&
      !chosen &&
      html`<div class="at-work-now"><${LiveButton} /><${LiveView} job=${job} /></div>`
    }
    <${Causes} job=${job} />
    <${Filters} job=${job} chosen=${status} onChoose=${anew(setStatus)} />
    ${
      isEnded &&
      job.counts.done > 0 &&
      html`<${ResultFilter} job=${job} status=${status} filter=${filter}
        count=${settled === filter ? pages.total.value : null}
        change=${(part) => anew(setFilter)({ ...filter, ...part })} />`
    }
    ${
      error &&
      html`<p class="tab-error" role="status">${t("items.error")} <code>${error.code}
      </code></p>`
    }
    <div class=${`items of-${job.kind} ${status}`} onKeyDown=${moveFocus}><${Table}
      key=${`${status} ${JSON.stringify(where)}`} job=${job} pages=${pages} sight=${sight}
      chosen=${chosen?.index} onChoose=${setChosen} /></div>
    ${
      chosen &&
      html`<${OutcomeView} job=${job} outcome=${chosen} onClose=${() => setChosen(null)} />`
    }`;
}
