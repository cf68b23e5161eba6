// The tab's title and icon: progress where one sees it without looking at the page. Once a second,
// hidden or not (that is when it is read), and only where something changed.
import { isActive, percent } from "./job.js";
import { visibleLine } from "./visible.js";

const BEAT_MS = 1000;
const RADIUS = 12;
const LENGTH = 2 * Math.PI * RADIUS;
const COLOURS = { running: "#3b82f6", paused: "#d99a1c", failed: "#e2603a", idle: "#7b8794" };

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

export function titleOf(job) {
  if (job === null) return "Nightdesk";
  return visibleLine(`${Math.floor(percent(job))} % ${job.kind}: ${job.name}`);
}

function ring(job) {
  const share = job === null ? 0 : percent(job) / 100;
  const colour =
    job === null ? COLOURS.idle : COLOURS[job.counts.failed > 0 ? "failed" : "running"];
  const base = `cx="16" cy="16" r="${RADIUS}" fill="none" stroke-width="6"`;
  const arc = `stroke-dasharray="${(share * LENGTH).toFixed(1)} ${LENGTH.toFixed(1)}"`;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">` +
    `<circle ${base} stroke="#7b8794" stroke-opacity="${job === null ? 1 : 0.35}"/>` +
    `<circle ${base} stroke="${colour}" ${arc} transform="rotate(-90 16 16)"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

export function startTitle(desk, route) {
  const icon = document.querySelector("link[rel=icon]");
  const beat = () => {
    const job = subject(desk.newest(), route.place.peek().job);
    const title = titleOf(job);
    if (document.title !== title) document.title = title;
    const picture = ring(job);
    if (icon.getAttribute("href") !== picture) icon.setAttribute("href", picture);
  };
  beat();
  setInterval(beat, BEAT_MS);
}
