// The background run of the desk's journeys, while it goes on and after: how many are done, how far
// it is in all, how far the present one is, and the button that stops it.
import { html } from "../html.js";
import { isOver, percent } from "../job.js";
import { usePage } from "../page.js";
import { reasonIn } from "../reasons.js";
import { background, currentPercent } from "../run.js";
import { number, t } from "../words.js";
import { AtWork } from "./at-work.js";
import { Bar } from "./bar.js";
import { StatusText } from "./facts.js";
import { StatusIcon } from "./icons.js";
import { ActionButton } from "./job-actions.js";
import { LiveButton, LiveView } from "./live-view.js";
import { PageLink } from "./parts.js";

const said = (value) => (value === null ? "–" : `${number(Math.floor(value))}%`);

export function RunFacts({ job }) {
  const { done, total } = job.counts;
  const current = currentPercent(job);
  const asks = current !== null || job.status === "running";
  return html`<dl class="run-facts num">
    <div><dt>${t("run.done")}</dt><dd>${number(done)} / ${number(total)}</dd></div>
    <div><dt>${t("run.total")}</dt><dd>${said(percent(job))}</dd></div>
    ${asks && html`<div><dt>${t("run.current")}</dt><dd>${said(current)}</dd></div>`}
  </dl>`;
}

function ending(job) {
  if (job.status === "completed") return t("run.all_done");
  if (job.status === "partially_completed") return t("run.some_failed", { n: job.counts.failed });
  if (job.status === "failed") return t("run.failed");
  return t("run.stopped");
}

function Buttons({ job }) {
  const { actions, route } = usePage();
  const stop = () => actions.command(job, "cancel");
  return html`<div class="buttons">
    ${
      isOver(job)
        ? job.status !== "completed" && html`<${ActionButton} job=${job} action="retry" />`
        : html`<button type="button" class="button" id="stop-background-button" onClick=${stop}>
          ${t("run.stop")}</button>`
    }
    <${PageLink} href=${route.toJob(job.id)} class="button">${t("run.open")}<//>
    ${!isOver(job) && html`<${LiveButton} />`}</div>`;
}

export function ProgressBox() {
  const { desk } = usePage();
  const job = background(desk.jobs.value);
  if (job === null) return null;
  return html`<section class="run-box" id="background-task-status" aria-labelledby="run-title">
    <header><${StatusIcon} status=${job.status} label=${t(`status.${job.status}`)} />
      <h2 id="run-title">${t("run.title")}</h2><${StatusText} job=${job} /></header>
    <${RunFacts} job=${job} />
    <${Bar} job=${job} />
    <${AtWork} job=${job} />
    <p class="run-end" role="status">${isOver(job) ? ending(job) : ""}</p>
    ${job.error && html`<p class="job-error"><bdi>${reasonIn(job.error)}</bdi></p>`}
    <${Buttons} job=${job} />
    ${isOver(job) && job.status !== "completed" && html`<p class="small">${t("run.again")}</p>`}
    ${!isOver(job) && html`<${LiveView} job=${job} />`}
  </section>`;
}
