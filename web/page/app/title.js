// The tab's title and icon: progress where one sees it without looking at the page. At most once a
// second, hidden or not (that is when it is read), and only where something changed. A hidden tab's
// timers are slowed, its frames are not: both make it look.
import { effect } from "../vendor/signals.js";
import { isActive, isOver, percent } from "./job.js";
import { visibleLine } from "./visible.js";
import { t } from "./words.js";

const BEAT_MS = 1000;
const RADIUS = 12;
const LENGTH = 2 * Math.PI * RADIUS;
// Of a middle brightness: seen on a light tab and on a dark one.
const COLOURS = { running: "#3b82f6", failed: "#e2603a", ended: "#179c8a", idle: "#7b8794" };

// The job that the title speaks of: the open one while it moves, else the first that moves.
function subject(jobs, openId) {
  const active = jobs.filter(isActive);
  return (
    active.find((job) => job.id === openId) ??
    active.find((job) => job.status === "running") ??
    active[0] ??
    null
  );
}

function nameOf(job) {
  if (job === null) return "Nightdesk";
  if (isOver(job)) return t("title.ended", { status: t(`status.${job.status}`), name: job.name });
  return `${Math.floor(percent(job))} % ${job.kind}: ${job.name}`;
}

// `offline`: what is said of the job was true when the server was last heard.
export function titleOf(job, offline = false) {
  const said = visibleLine(nameOf(job));
  return offline ? `(${t("title.offline")}) ${said}` : said;
}

function colourOf(job, offline) {
  if (job === null || offline) return COLOURS.idle;
  if (job.counts.failed > 0 || job.status === "failed") return COLOURS.failed;
  return isOver(job) ? COLOURS.ended : COLOURS.running;
}

export function ring(job, offline = false) {
  const share = job === null ? 0 : percent(job) / 100;
  const base = `cx="16" cy="16" r="${RADIUS}" fill="none" stroke-width="6"`;
  const arc = `stroke-dasharray="${(share * LENGTH).toFixed(1)} ${LENGTH.toFixed(1)}"`;
  const gap = offline ? ` stroke-dasharray="6 4"` : "";
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">` +
    `<circle ${base} stroke="#7b8794" stroke-opacity="${job === null ? 1 : 0.35}"${gap}/>` +
    `<circle ${base} stroke="${colourOf(job, offline)}" ${arc} transform="rotate(-90 16 16)"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

// What is shown: the job that moves; where none does, the last that did, until somebody looks.
class Subject {
  #lastId = null; // written by `of`, as is what it returned

  of(jobs, openId) {
    const moving = subject(jobs, openId);
    if (moving !== null) this.#lastId = moving.id;
    if (moving !== null || !document.hidden) {
      if (moving === null) this.#lastId = null;
      return moving;
    }
    return jobs.find((job) => job.id === this.#lastId && isOver(job)) ?? null;
  }
}

export function startTitle({ desk, feed, route }) {
  const icon = document.querySelector("link[rel=icon]");
  const shown = new Subject();
  let beatAt = -Infinity;
  const beat = () => {
    beatAt = performance.now();
    const job = shown.of(desk.newest(), route.place.peek().job);
    const offline = feed.link.peek().mode === "offline";
    const title = titleOf(job, offline);
    if (document.title !== title) document.title = title;
    const picture = ring(job, offline);
    if (icon.getAttribute("href") !== picture) icon.setAttribute("href", picture);
  };
  effect(() => {
    const isNews = desk.heard.value !== null && feed.link.value !== null;
    if (isNews && performance.now() - beatAt >= BEAT_MS) beat();
  });
  document.addEventListener("visibilitychange", beat);
  setInterval(beat, BEAT_MS);
}
