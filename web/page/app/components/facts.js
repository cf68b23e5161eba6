// The numbers of a job, in the row's order: counts, rate, expected end, age.
import { exactly, spentText } from "../agent-money.js";
import { html } from "../html.js";
import { isOver } from "../job.js";
import { now, onOurClock } from "../now.js";
import { usePage } from "../page.js";
import { reasonIn } from "../reasons.js";
import { age, ago, clock, fullTime, number, rate, soonTime, t } from "../words.js";

const SOON_S = 60;
const STEP_S = 5;

export const Counts = ({ job }) => html`<span class="counts num">${countsText(job)}</span>`;

// A job with a schedule does nothing itself: what counts is when its next pass is.
function countsText({ counts: { done, total }, schedule, next_pass_at: nextAt }) {
  if (schedule)
    return nextAt ? t("pass.next", { time: soonTime(nextAt, now.value) }) : number(total);
  return total === 0 ? number(done) : `${number(done)} / ${number(total)}`;
}

export function Rate({ job }) {
  const shown = job.status === "running" && job.progress.rate_per_s > 0;
  return html`<span
    class="rate num">${shown ? t("rate", { rate: rate(job.progress.rate_per_s) }) : ""}</span>`;
}

// What the calls of models have cost so far; nothing where there were none.
export function Spent({ job: { spend } }) {
  if (!spend) return null;
  const usd = spend.unpriced > 0 && Number(spend.usd) === 0 ? null : spend.usd;
  return html`<span class="spent num" title=${exactly(usd)}>${spentText({ ...spend, usd })}</span>`;
}

// In the list: what it has cost so far, in money or in the tokens of the desk.
export function Cost({ job }) {
  if (job.spend) return html`<${Spent} job=${job} />`;
  const n = job.spent_tokens;
  return html`<span class="spent num">${n > 0 ? t("cost.tokens", { n }) : ""}</span>`;
}

// Why somebody has to look, in as much as the job itself says.
export function Why({ job }) {
  const { failed, total } = job.counts;
  const paused = job.status === "paused";
  const counted = failed > 0 ? t("needs.failed", { n: failed, total }) : t(`status.${job.status}`);
  const said = paused ? t(`reason.${job.reason}`) : job.error ? reasonIn(job.error) : counted;
  return html`<span class="why" title=${said}><bdi>${said}</bdi></span>`;
}

// A clock time stands still while a countdown would jitter; so near the end it goes in steps.
// Of a job that waits: when its turn is, in its lane.
export function Ending({ job }) {
  const { view } = usePage();
  const { eta_s: etaS, waiting } = job.progress;
  // Whoever does not wait need not be drawn anew where the queue is another.
  const place = job.status === "queued" ? view.places.value.get(job.id) : undefined;
  if (place !== undefined)
    return html`<span class="eta num">${t("queue.place", { n: place })}</span>`;
  return html`<span class="eta num">${endingText(job, etaS, waiting)}</span>`;
}

function endingText(job, etaS, waiting) {
  if (job.status !== "running") return "";
  if (etaS === null || etaS === undefined)
    return waiting > 0 ? t("eta.waiting", { n: waiting }) : "";
  if (etaS < SOON_S) return t("eta.soon", { n: Math.max(1, Math.ceil(etaS / STEP_S)) * STEP_S });
  return t("eta.about", { time: clock(now.value + etaS * 1000) });
}

export function Age({ job }) {
  const from = onOurClock(job.created_at);
  return html`<time class="age num" datetime=${job.created_at} title=${fullTime(job.created_at)}>
    ${age(from, Math.max(now.value, from))}</time>`;
}

// The same in a sentence, where there is room for one.
export function Created({ job }) {
  const from = onOurClock(job.created_at);
  return html`<time class="age num" datetime=${job.created_at} title=${fullTime(job.created_at)}>
    ${t("age.created", { ago: ago(from, Math.max(now.value, from)) })}</time>`;
}

// The status in words, with the reason where there is one. Whoever may only look has paused nothing.
export function StatusText({ job }) {
  const { route } = usePage();
  const isTold = job.reason && !isOver(job) && !(route.isShared && job.reason === "user");
  const reason = isTold ? t(`reason.${job.reason}`) : null;
  const word = t(`status.${job.status}`);
  return html`<span class="status-text ${job.status}">${reason ? `${word}, ${reason}` : word}
    </span>`;
}
