// One task in full: what was asked, how it stands, and its transcript as it grows.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "../../vendor/hooks.js";
import { exactly, spentText, tokensOf } from "../agent-money.js";
import { stageText } from "../agent-stages.js";
import { Transcript, roundsOf, spendOf } from "../agent-transcript.js";
import { html } from "../html.js";
import { isOver } from "../job.js";
import { usePage } from "../page.js";
import { atWork } from "../run.js";
import { useThrottled } from "../throttle.js";
import { visibleLine } from "../visible.js";
import { number, t } from "../words.js";
import { Fold } from "./fold.js";
import { Icon } from "./icons.js";
import { CopyButton, PageLink } from "./parts.js";
import { TaskFiles } from "./task-files.js";
import { Round } from "./task-round.js";

const REFRESH_MS = 1000;
const PROMPT_CHARS = 400;
const NEAR_END_PX = 80;

function useTranscript(job, index) {
  const { agents } = usePage();
  const transcript = useMemo(() => new Transcript(agents, job.id, index), [agents, job.id, index]);
  useThrottled(() => transcript.read(), job.revision, REFRESH_MS);
  return transcript;
}

function Prompt({ prompt }) {
  const text = html`<pre class="said prompt"><bdi>${prompt}</bdi></pre>`;
  if (prompt.length <= PROMPT_CHARS) return text;
  return html`<${Fold} summary=${html`<bdi>${visibleLine(prompt.slice(0, 120))}…</bdi>`}>${text}<//>`;
}

function Sums({ records }) {
  const spend = spendOf(records);
  if (spend.calls === 0) return null;
  return html`<p class="task-sums num"><span>${t("agent.calls", { n: spend.calls })}</span>
    <span>${t("agent.tokens", { n: tokensOf(spend) })}</span>
    <span title=${exactly(spend.usd)}>${spentText(spend)}</span>
    ${spend.counted > 0 && html`<span class="small">${t("agent.counted_n", { n: spend.counted })}
      </span>`}</p>`;
}

// One of many rounds is found by its number.
function RoundLinks({ rounds, onOpen }) {
  if (rounds.length < 3) return null;
  return html`<nav class="round-links" aria-label=${t("agent.rounds")}>${rounds.map(
    ({ key, round, verdict }) => html`<button type="button" class="filter" key=${key}
      onClick=${() => onOpen(key)}>${number(round)}
      ${typeof verdict?.score === "number" && html`<span class="num count">${number(verdict.score)}
        </span>`}</button>`,
  )}</nav>`;
}

// Whether its reader is at the end, and wants to stay there. Of a task that was seen at work that
// holds for its last words, too: they come when it is over.
function useFollowing(box, records, isLive) {
  const isAtEnd = useRef(true);
  const wasLive = useRef(false);
  if (isLive) wasLive.current = true;
  const onScroll = ({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  };
  useLayoutEffect(() => {
    if (wasLive.current && isAtEnd.current && records !== null && records.length > 0)
      box.current.scrollTop = box.current.scrollHeight;
  }, [records, isLive]);
  return onScroll;
}

function Head({ job, index, task, stage }) {
  const { agents, route } = usePage();
  return html`<header class="task-head">
    <${PageLink} href=${route.toJob(job.id, "tasks")} class="icon-button" title=${t("agent.back")}
      aria-label=${t("agent.back")}><${Icon} name="back" /><//>
    <h2><span class="num">#${index}</span> <bdi>${visibleLine(task?.dir ?? "")}</bdi></h2>
    ${stage && html`<span class="stage" role="status"><bdi>${stage}</bdi></span>`}
    <span class="buttons">
      ${task && html`<${CopyButton} text=${task.prompt} label=${t("agent.copy_prompt")} />`}
      <a class="button" href=${agents.filesAddress(job.id, index)} download>${t("agent.files")}</a>
      <a class="button" href=${agents.transcriptAddress(job.id, index)} download>
        ${t("agent.transcript")}</a></span></header>`;
}

function Body({ job, transcript, isLive }) {
  const box = useRef(null);
  const [wanted, setWanted] = useState(null);
  const records = transcript.records.value;
  const rounds = useMemo(() => roundsOf(records ?? []), [records]);
  const onScroll = useFollowing(box, records, isLive);
  useEffect(() => {
    if (wanted) box.current.querySelector(`[id="round-${wanted}"] > summary`)?.focus();
  }, [wanted]);
  const last = rounds.at(-1)?.key;
  const error = transcript.error.value;
  return html`<div class="task-body" ref=${box} onScroll=${onScroll}>
    ${transcript.task.value && html`<${Prompt} prompt=${transcript.task.value.prompt} />`}
    ${error && html`<p class="tab-error" role="status">${t("items.error")} <code>${error.code}</code>
      </p>`}
    ${records !== null && html`<${Sums} records=${records} />`}
    ${
      transcript.task.value &&
      html`<${TaskFiles} job=${job} dir=${transcript.task.value.dir} />`
    }
    <${RoundLinks} rounds=${rounds} onOpen=${setWanted} />
    ${records === null && !error && html`<p class="small" aria-busy="true">${t("agent.loading")}</p>`}
    ${
      records?.length === 0 &&
      html`<p class="quiet-note">${t(isOver(job) ? "agent.never_begun" : "agent.not_begun")}</p>`
    }
    ${rounds.map(
      (part) => html`<${Round} key=${`${part.key} ${part.key === wanted}`} part=${part}
      open=${part.key === last || part.key === wanted} isLive=${isLive && part.key === last} />`,
    )}
    ${transcript.isCut.value && html`<p class="small">${t("agent.cut")}</p>`}</div>`;
}

export function TaskView({ job, index }) {
  const transcript = useTranscript(job, index);
  const working = atWork(job).find((item) => item.index === index);
  return html`<section class="task-view" aria-label=${t("agent.task", { index: `${index}` })}>
    <${Head} job=${job} index=${index} task=${transcript.task.value}
      stage=${working && stageText(working.stage)} />
    <${Body} job=${job} transcript=${transcript} isLive=${working !== undefined} /></section>`;
}
