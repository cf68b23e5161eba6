// One round of a task: the calls that worked, and the verdict on what they made.
import { html } from "../html.js";
import { reasonIn } from "../reasons.js";
import { number, t } from "../words.js";
import { Fold } from "./fold.js";
import { StatusIcon } from "./icons.js";
import { Call, Other } from "./task-call.js";

// The coder is told what is missing as lines; those stand here already.
const saysMore = ({ text, missing = [] }) =>
  text && text.trim() !== missing.map((one) => `- ${one}`).join("\n").trim();

export function Verdict({ verdict }) {
  const { done, score, missing = [], text, judged = true, best } = verdict;
  const head = judged ? t(done ? "agent.done" : "agent.not_done") : t("agent.not_judged");
  return html`<section class=${`verdict ${done ? "done" : ""}`}>
    <h3><${StatusIcon} status=${done ? "completed" : "partially_completed"} label="" /> ${head}
      ${typeof score === "number" && html`<span class="num score">${t("agent.of_100", {
        score: number(score),
      })}</span>`}
      ${best && html`<span class="tag">${t("agent.best")}</span>`}</h3>
    ${
      missing.length > 0 &&
      html`<h4>${t("agent.missing")}</h4><ul class="missing">
        ${missing.map((one, at) => html`<li key=${at}><bdi>${one}</bdi></li>`)}</ul>`
    }
    ${saysMore(verdict) && html`<pre class="said"><bdi>${text}</bdi></pre>`}</section>`;
}

function End({ end }) {
  return html`<p class=${`ending ${end.status}`} role="note"><b>${t(`agent.is.${end.status}`)}</b>
    ${end.error === "" && html`<span>${t(`agent.stop.${end.stop}`)}</span>`}
    ${
      end.best_round > 0 &&
      html`<span>${t("agent.kept", { round: number(end.best_round) })}</span>`
    }
    ${end.error && html`<bdi class="wrong">${reasonIn(end.error)}</bdi>`}</p>`;
}

const Entry = ({ entry }) =>
  entry.type === "call"
    ? html`<${Call} call=${entry} />`
    : html`<${Other} record=${entry} />`;

function Summary({ part, isLive }) {
  const { round, run, verdict, sums } = part;
  return html`<b>${t("agent.round", { n: number(round) })}</b>
    ${run > 1 && html`<span class="small">${t("agent.run", { n: number(run) })}</span>`}
    <span class="small num">${t("agent.calls", { n: sums.calls })}</span>
    <span class="small num">${t("agent.tokens", { n: sums.tokens })}</span>
    ${
      verdict && typeof verdict.score === "number"
        ? html`<span class="num score">${t("agent.of_100", { score: number(verdict.score) })}</span>`
        : isLive && html`<span class="small live">${t("agent.live")}</span>`
    }`;
}

export function Round({ part, open, isLive }) {
  return html`<${Fold} class="round" id=${`round-${part.key}`} open=${open}
      summary=${html`<${Summary} part=${part} isLive=${isLive} />`}>
    <div class="round-body">
      ${part.entries.map((entry, at) => html`<${Entry} key=${at} entry=${entry} />`)}
      ${part.verdict && html`<${Verdict} verdict=${part.verdict} />`}
      ${part.end && html`<${End} end=${part.end} />`}</div><//>`;
}
