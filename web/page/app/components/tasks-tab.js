// The tasks of a job of agents: each with how it stands, what it came to and what it has cost; and
// one of them in full, at an address of its own.
import { useMemo, useRef } from "../../vendor/hooks.js";
import { exactly, spentText, tokensOf } from "../agent-money.js";
import { roundOf, stageText } from "../agent-stages.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { Pages } from "../pages.js";
import { reasonIn } from "../reasons.js";
import { isPlainClick } from "../route.js";
import { useThrottled } from "../throttle.js";
import { visibleLine } from "../visible.js";
import { duration, number, t } from "../words.js";
import { Causes } from "./causes.js";
import { StatusIcon } from "./icons.js";
import { TaskView } from "./task-view.js";
import { VirtualList } from "./virtual-list.js";

const REFRESH_MS = 1000;
// A long list takes the server longer: it is asked less often.
const PER_REFRESH = 1000;
const ROW_PX = 48;
const COLUMNS = ["index", "what", "status", "rounds", "score", "tokens", "cost", "time"];
const OF_MONEY = ["tokens", "cost"];
const FREE_COLUMNS = COLUMNS.filter((name) => !OF_MONEY.includes(name));

// How a task stands, drawn with the marks of jobs.
const MARK = {
  waiting: "pending",
  working: "running",
  completed: "completed",
  timeout: "partially_completed",
  error: "failed",
};

export const TaskMark = ({ status }) =>
  html`<${StatusIcon} status=${MARK[status] ?? "pending"} label=${t(`agent.is.${status}`)} />`;

// What a task at work does, or why it ended as it did; the word for its status else.
export function standing({ status, stage, stop, error }) {
  if (status === "working") return stageText(stage) || t("agent.is.working");
  if (status === "timeout") return t(`agent.stop.${stop || "rounds"}`);
  if (status === "error" && error) return reasonIn(error);
  return t(`agent.is.${status}`);
}

export const scoreText = (score) =>
  score === null || score === undefined ? "–" : t("agent.of_100", { score: number(score) });

// What the ledger of a task says only once it has been called for.
const some = (value, said) => (value > 0 ? said(value) : "–");

function Row({ job, task, row }) {
  const { route } = usePage();
  if (task === null)
    return html`<div class="task loading" role="listitem"><span class="c-index num">…</span></div>`;
  const { index, dir, prompt, status, iterations, score, spend } = task;
  const facts = html`<span class="c-index num">#${index}</span>
    <span class="c-what" title=${prompt}><b><bdi>${visibleLine(dir)}</bdi></b>
      <bdi class="prompt">${visibleLine(prompt)}</bdi></span>
    <span class="c-status"><${TaskMark} status=${status} /><bdi>${standing(task)}</bdi></span>
    <span class="c-rounds num">${some(roundOf(task.stage) || iterations, number)}</span>
    <span class="c-score num">${scoreText(score)}</span>`;
  const time = html`<span class="c-time num">${some(task.duration_ms, duration)}</span>`;
  // Whoever may only look has no transcript to open.
  if (route.isShared)
    return html`<div role="listitem" class=${`task ${status}`}>${facts}${time}</div>`;
  const address = route.toJob(job.id, `tasks/${index}`);
  const open = (event) => {
    if (!isPlainClick(event)) return;
    event.preventDefault();
    route.go(address);
  };
  return html`<div role="listitem"><a class=${`task ${status}`} href=${address} onClick=${open}
      data-task-row=${row}>
    ${facts}
    <span class="c-tokens num">${some(tokensOf(spend), number)}</span>
    <span class="c-cost num" title=${exactly(spend.usd)}>${
      spend.calls > 0 ? spentText(spend) : "–"
    }</span>
    ${time}</a></div>`;
}

const Head = ({ columns }) => html`<div class="task head" aria-hidden="true">
  ${columns.map((name) => html`<span key=${name} class=${`c-${name}`}>${t(`agent.col.${name}`)}
    </span>`)}</div>`;

function usePages(job, sight) {
  const { agents } = usePage();
  const pages = useMemo(
    () =>
      new Pages(async (offset, limit) => {
        const { tasks: items, total } = await agents.tasks(job.id, offset, limit);
        return { items, total };
      }),
    [agents, job.id],
  );
  const slower = 1 + Math.floor((pages.total.value ?? 0) / PER_REFRESH);
  const refresh = () => pages.refresh(sight.current.first, sight.current.last);
  useThrottled(refresh, job.revision, REFRESH_MS * slower);
  return pages;
}

function moveFocus(event) {
  const delta = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const row = event.target.closest("[data-task-row]");
  if (delta === undefined || !row) return;
  event.preventDefault();
  const next = Number(row.dataset.taskRow) + delta;
  event.currentTarget.querySelector(`[data-task-row="${next}"]`)?.focus();
}

function Actions({ job }) {
  const { agents, api } = usePage();
  return html`<div class="task-bar">
    <a class="button" href=${api.jobPath(job.id, "/artifacts.zip")} download>${t("agent.zip")}</a>
    <a class="button" href=${agents.resultsAddress(job.id)} download>${t("agent.results")}</a></div>`;
}

function List({ job }) {
  const { route } = usePage();
  const sight = useRef({ first: 0, last: 1 });
  const pages = usePages(job, sight);
  void pages.version.value; // rows are read from the pages below; their version says when
  const error = pages.error.value;
  const row = (index) => html`<${Row} key=${index} row=${index} job=${job}
    task=${pages.at(index)} />`;
  const onSight = (first, last) => {
    sight.current = { first, last };
    pages.want(first, last);
  };
  return html`${!route.isShared && html`<${Actions} job=${job} />`}<${Causes} job=${job} />
    ${error && html`<p class="tab-error" role="status">${t("items.error")} <code>${error.code}</code>
      </p>`}
    ${pages.total.value === 0 && html`<p class="quiet-note">${t("agent.none")}</p>`}
    <div class=${route.isShared ? "tasks free" : "tasks"} onKeyDown=${moveFocus}>
      <${Head} columns=${route.isShared ? FREE_COLUMNS : COLUMNS} />
      <${VirtualList} count=${pages.total.value ?? 0} rowHeight=${ROW_PX} renderRow=${row}
        onSight=${onSight} aria-label=${t("tab.tasks")} /></div>`;
}

// `part` is what stands behind the tab in the address: the index of a task.
export function TasksTab({ job, part }) {
  if (/^\d{1,9}$/.test(part))
    return html`<${TaskView} key=${part} job=${job} index=${Number(part)} />`;
  return html`<${List} job=${job} />`;
}
