// How far a job of documents is with each of its templates, and the documents of each to take away.
// With one template the job's own bar says it.
import { useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { segments } from "../job.js";
import { usePage } from "../page.js";
import { useThrottled } from "../throttle.js";
import { number, t } from "../words.js";

const REFRESH_MS = 2000;

function useTally(job) {
  const { documents } = usePage();
  const [templates, setTemplates] = useState([]);
  const read = () =>
    documents.tally(job.id).then(
      (answer) => setTemplates(answer.templates),
      (error) => {
        if (!error.code) throw error; // it is asked for again with the next change
      },
    );
  useThrottled(read, `${job.counts.done} ${job.counts.failed} ${job.status}`, REFRESH_MS);
  return templates;
}

// Drawn as a job's bar is; what is in flight is the job's own to show.
function Share({ job, share }) {
  const { documents } = usePage();
  const { total, ok, failed, skipped } = share;
  const name = share.folder || share.name; // two templates may have one name, but not one folder
  const counts = { total, ok, failed, skipped, done: ok + failed + skipped };
  const parts = segments({ status: "ended", counts, progress: { in_flight: 0 } });
  const label = t("bar.label", counts);
  return html`<li><span class="named"><bdi>${name}</bdi></span>
    <span class="bar" role="img" aria-label=${label} title=${label}>${parts.map(
      ([part, width]) => html`<span key=${part} class="segment ${part}"
      style=${{ width: `${width}%` }}></span>`,
    )}</span>
    <span class="num">${number(counts.done)} / ${number(total)}</span>
    ${
      ok > 0 &&
      html`<a href=${documents.archiveAddress(job.id, share.template)} download
        aria-label=${t("doc.zip.of", { name })}>ZIP</a>`
    }</li>`;
}

export function TemplateShares({ job }) {
  const templates = useTally(job);
  if (templates.length < 2) return null;
  return html`<ul class="shares" aria-label=${t("doc.templates")}>${templates.map(
    (share) => html`<${Share} key=${share.template} job=${job} share=${share} />`,
  )}</ul>`;
}
