// The job's log: follows its end unless scrolled away, filters by level, jumps to the first
// trouble.
import { useEffect, useMemo, useRef, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { isActive } from "../job.js";
import { LEVELS, LogLines } from "../log-lines.js";
import { usePage } from "../page.js";
import { reasonIn } from "../reasons.js";
import { useThrottled } from "../throttle.js";
import { visibleLine } from "../visible.js";
import { exactTime, t } from "../words.js";
import { VirtualList, isAtEnd, scrollToRow } from "./virtual-list.js";

const REFRESH_MS = 1000;
const LINE_PX = 22;

function Line({ line }) {
  return html`<div class="line ${line.level}" role="listitem">
    <time class="num" datetime=${line.at}>${exactTime(new Date(line.at))}</time>
    <span class="level">${line.level}</span>
    <span class="num item-no">${Number.isInteger(line.index) ? `#${line.index}` : ""}</span>
    <bdi class="message">${visibleLine(reasonIn(line.message))}</bdi></div>`;
}

function Bar({ level, setLevel, count, onTrouble, following, onFollow }) {
  return html`<div class="log-bar">
    <label>${t("log.level")} <select value=${level}
      onChange=${(event) => setLevel(event.currentTarget.value)}>
      ${LEVELS.map((name) => html`<option key=${name} value=${name}>${t(`log.${name}`)}</option>`)}
    </select></label>
    <span class="num small">${t("log.count", { n: count })}</span>
    <button type="button" class="button" disabled=${onTrouble === null} onClick=${onTrouble}>
      ${t("log.first_error")}</button>
    <button type="button" class="button" aria-pressed=${following}
      onClick=${onFollow}>${t("log.follow")}</button>
  </div>`;
}

// The log of a job: to its present end when the job changes, and line by line while it runs and
// somebody looks.
function useLog(job) {
  const { api } = usePage();
  const log = useMemo(() => new LogLines(api, job.id), [job.id]);
  const mayGrow = isActive(job);
  useThrottled(() => log.read(), `${job.revision} ${job.status}`, REFRESH_MS);
  useEffect(() => {
    if (!mayGrow) return undefined;
    let ending = new AbortController();
    const look = () => {
      ending.abort();
      ending = new AbortController();
      if (!document.hidden) log.follow(ending.signal);
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      ending.abort();
    };
  }, [log, mayGrow]);
  void log.version.value; // lines are read from the log below; its version says when
  return log;
}

export function LogTab({ job }) {
  const log = useLog(job);
  const [level, setLevel] = useState("all");
  const [following, setFollowing] = useState(true);
  const frame = useRef(null);
  const count = log.count(level);
  const trouble = log.firstTrouble(level);
  const jump = () => {
    setFollowing(false);
    scrollToRow(frame.current, trouble, count);
  };
  const line = (index) => html`<${Line} key=${index} line=${log.at(level, index)} />`;
  return html`
    <${Bar} level=${level} setLevel=${setLevel} count=${count} following=${following}
      onTrouble=${trouble < 0 ? null : jump} onFollow=${() => setFollowing(!following)} />
    ${log.error.value && html`<p class="tab-error" role="status">${t("items.error")}</p>`}
    ${
      count === 0
        ? html`<p class="quiet-note">${t(level === "all" ? "log.nothing" : "log.nothing_such")}</p>`
        : html`<div class="log"><${VirtualList} reach count=${count} rowHeight=${LINE_PX}
          renderRow=${line}
        scrollRef=${frame} follow=${following}
          onScroll=${(element) => setFollowing(isAtEnd(element))}
        aria-label=${t("tab.log")} /></div>`
    }`;
}
