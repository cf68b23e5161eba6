// A job's items: failures by cause, filters, what can be done with all that match, the table, and
// one outcome in full. What is looked at stands in the address, so that back and links work.
import { useEffect, useMemo, useRef, useState } from "../../vendor/hooks.js";
import { namesOf } from "../extracted.js";
import { html } from "../html.js";
import { NOTHING, parseQuery, queryText, sortedBy } from "../items-query.js";
import { isOver } from "../job.js";
import { usePage } from "../page.js";
import { Pages } from "../pages.js";
import { isHttp } from "../result-filter.js";
import { useSettled, useThrottled } from "../throttle.js";
import { t } from "../words.js";
import { ActBar } from "./act-bar.js";
import { Causes } from "./causes.js";
import { ItemRow, ItemsHead } from "./item-row.js";
import { FilterRow, StatusChips } from "./items-filters.js";
import { LiveButton, LiveView } from "./live-view.js";
import { OutcomeView } from "./outcome-view.js";
import { VirtualList } from "./virtual-list.js";

const REFRESH_MS = 1000;
const ROW_PX = 36;
const TYPING_MS = 300;

// The query of the address, and a way to another: `to(query)` adds a step to go back by, `to(query,
// true)` is the same step by another name.
function useQuery(job) {
  const { route } = usePage();
  const said = route.query;
  const query = useMemo(() => parseQuery(said), [said]);
  const to = (next, again = false) => {
    const text = queryText(next);
    const address = route.toJob(job.id, text ? `items?${text}` : "items");
    if (again) route.rename(address);
    else route.go(address);
  };
  return [query, to];
}

// What is typed asks for something once it is whole and nobody types any more.
function useTyping(query, to) {
  const [typed, setTyped] = useState(query.where);
  const settled = useSettled(typed, TYPING_MS);
  const wrote = useRef(queryText(query));
  const asked = queryText(query);
  useEffect(() => {
    if (settled === query.where) return;
    const where = {};
    for (const [name, value] of Object.entries(settled)) {
      const text = name === "http_status" ? value.replace(/\s+/g, "").toLowerCase() : value.trim();
      if (text !== "" && (name !== "http_status" || isHttp(text))) where[name] = text;
    }
    const next = { ...query, where };
    wrote.current = queryText(next);
    if (wrote.current !== asked) to(next, true);
  }, [settled]);
  // The address has come to say something else than what was typed: back, a link, a chip.
  useEffect(() => {
    if (wrote.current === asked) return;
    wrote.current = asked;
    setTyped(query.where);
  }, [asked]);
  return [typed, (part) => setTyped({ ...typed, ...part }), settled === typed];
}

// The pages of one query, kept fresh while the job moves.
function usePages(job, query, sight) {
  const { api } = usePage();
  const said = queryText(query);
  const { status, sort, down, where } = query;
  const order = sort === "index" && !down ? {} : { sort, order: down ? "desc" : "asc" };
  const pages = useMemo(
    () =>
      new Pages((offset, limit) =>
        api.items(job.id, { status, offset, limit, where: { ...where, ...order } }),
      ),
    [job.id, said],
  );
  const refresh = () => pages.refresh(sight.current.first, sight.current.last);
  useThrottled(refresh, `${said} ${job.counts.done} ${job.counts.failed} ${job.status}`, REFRESH_MS);
  return pages;
}

function Table({ job, query, pages, sight, chosen, onChoose, onSort }) {
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
  return html`<${ItemsHead} job=${job} names=${names} query=${query} onSort=${onSort} />
    <${VirtualList} count=${total ?? 0} rowHeight=${ROW_PX} renderRow=${row} onSight=${onSight}
      role="rowgroup" />`;
}

// What is empty is no table: it would have to have rows. How many there are is not known at first
// (null), when its head is there already.
const tableOf = (total) => {
  if (total === 0) return {};
  const rows = total === null ? -1 : total + 1;
  const isBusy = total === null;
  return { role: "table", "aria-label": t("tab.items"), "aria-rowcount": rows, "aria-busy": isBusy };
};

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
  const [asked, to] = useQuery(job);
  const [chosen, setChosen] = useState(null);
  const sight = useRef({ first: 0, last: 1 });
  // What has not ended yet has nothing to be found or sorted by.
  const isEnded = asked.status !== "pending";
  const query = isEnded ? asked : { ...NOTHING, status: asked.status };
  const [typed, change, isSettled] = useTyping(query, to);
  const pages = usePages(job, query, sight);
  const anew = (next) => {
    sight.current = { first: 0, last: 1 };
    to(next);
  };
  const drop = (name) => {
    const { [name]: _, ...where } = query.where;
    anew({ ...query, where });
  };
  const show = ({ status, ...where }) => anew({ ...query, status, where });
  const error = pages.error.value;
  const said = queryText(query);
  return html`
    ${
      job.kind === "visit" &&
      !isOver(job) &&
      !chosen &&
      html`<div class="at-work-now"><${LiveButton} /><${LiveView} job=${job} /></div>`
    }
    <${Causes} job=${job} onShow=${show} />
    <${StatusChips} job=${job} chosen=${query.status}
      onChoose=${(status) => anew({ ...query, status })} />
    ${
      isEnded &&
      job.counts.done > 0 &&
      html`<${FilterRow} job=${job} typed=${typed} where=${query.where} change=${change}
        drop=${drop} />`
    }
    <${ActBar} job=${job} query=${query} count=${isSettled ? pages.total.value : null}
      onClear=${() => anew({ ...query, where: {} })} />
    ${
      error &&
      html`<p class="tab-error" role="status">${t("items.error")} <code>${error.code}
      </code></p>`
    }
    <div class=${`items of-${job.kind} ${query.status}`} onKeyDown=${moveFocus}
      ...${tableOf(pages.total.value)}><${Table}
      key=${said} job=${job} query=${query} pages=${pages} sight=${sight} chosen=${chosen?.index}
      onChoose=${setChosen} onSort=${isEnded ? (sort) => anew(sortedBy(query, sort)) : null} /></div>
    ${
      chosen &&
      html`<${OutcomeView} job=${job} outcome=${chosen} onClose=${() => setChosen(null)} />`
    }`;
}
