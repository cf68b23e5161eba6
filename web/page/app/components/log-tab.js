// The job's log: follows its end unless scrolled away, filters by level, jumps to the first
// trouble.
import { useMemo, useRef, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { LEVELS, LogLines, firstTrouble, shows } from "../log-lines.js";
import { usePage } from "../page.js";
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
    <bdi class="message">${visibleLine(line.message)}</bdi></div>`;
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

export function LogTab({ job }) {
  const { api } = usePage();
  const log = useMemo(() => new LogLines(api, job.id), [job.id]);
  const [level, setLevel] = useState("all");
  const [following, setFollowing] = useState(true);
  const frame = useRef(null);
  useThrottled(() => log.read(), job.revision, REFRESH_MS);
  const lines = useMemo(
    () => log.lines.value.filter((line) => shows(level, line)),
    [log.lines.value, level],
  );
  const trouble = firstTrouble(lines);
  const jump = () => {
    setFollowing(false);
    scrollToRow(frame.current, trouble, lines.length);
  };
  const line = (index) => html`<${Line} key=${index} line=${lines[index]} />`;
  return html`
    <${Bar} level=${level} setLevel=${setLevel} count=${lines.length} following=${following}
      onTrouble=${trouble < 0 ? null : jump} onFollow=${() => setFollowing(!following)} />
    ${log.error.value && html`<p class="tab-error" role="status">${t("items.error")}</p>`}
    ${
      lines.length === 0
        ? html`<p class="quiet-note">${t("log.nothing")}</p>`
        : html`<div class="log"><${VirtualList} count=${lines.length} rowHeight=${LINE_PX}
          renderRow=${line}
        scrollRef=${frame} follow=${following}
          onScroll=${(element) => setFollowing(isAtEnd(element))}
        aria-label=${t("tab.log")} /></div>`
    }`;
}
