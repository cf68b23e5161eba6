// Buttons for what can be done to a job: the one primary action, and the others.
import { html } from "../html.js";
import { isOver, primaryAction, retryKey, unfinished } from "../job.js";
import { usePage } from "../page.js";
import { sameAgain } from "../same-again.js";
import { t } from "../words.js";

// What such a job has made is what its user wants of it.
const isMaking = ({ kind }) => kind === "document" || kind === "generate";

// The words on a button; `short` where a row has no room for the sentence.
export function actionLabel(job, action, short = false) {
  if (action === "download" && isMaking(job) && !short) return t("doc.zip");
  if (action !== "retry") return t(`action.${action}`);
  return t(`action.retry.${retryKey(job)}${short ? ".short" : ""}`, { n: unfinished(job) });
}

export function ActionButton({ job, action, short = false, primary = false, ...rest }) {
  const page = usePage();
  const { actions, api, route, view } = page;
  if (route.isShared && (action !== "download" || isMaking(job))) return null;
  const full = `${actionLabel(job, action)}: ${job.name}`;
  const look = primary ? "button primary" : "button";
  if (action === "download") {
    const address = isMaking(job)
      ? api.jobPath(job.id, "/artifacts.zip")
      : api.exportAddress(job.id, "csv");
    return html`<a class=${look} href=${address} download aria-label=${full}
      onClick=${(event) => event.stopPropagation()} ...${rest}>${actionLabel(job, action, short)}</a>`;
  }
  const act = (event) => {
    event.stopPropagation();
    if (action === "delete") view.deleting.value = job;
    else if (action === "repeat") actions.repeat(job);
    else if (action === "again") sameAgain(page, job);
    else actions.command(job, action);
  };
  return html`<button type="button" class=${look} onClick=${act} aria-label=${full}
    ...${rest}>
    ${actionLabel(job, action, short)}</button>`;
}

// Whoever may only look takes away what there is, also of what was to be tried again.
export function PrimaryAction({ job, ...rest }) {
  const { route } = usePage();
  const action = route.isShared && isOver(job) ? "download" : primaryAction(job);
  return html`<${ActionButton} job=${job} action=${action} ...${rest} />`;
}
