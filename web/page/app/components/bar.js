// The one progress bar: ok, failed, skipped and in flight as segments. Without a total it says so
// by stripes instead of guessing.
import { html } from "../html.js";
import { percent, segments } from "../job.js";
import { t } from "../words.js";

export function Bar({ job }) {
  const { total, ok, failed, skipped } = job.counts;
  const label = t("bar.label", { ok, failed, skipped, total });
  if (total === 0)
    return html`<div class="bar unknown" role="progressbar" aria-label=${label}></div>`;
  return html`
    <div class="bar" role="progressbar" aria-valuemin="0" aria-valuemax="100"
      aria-valuenow=${Math.floor(percent(job))} aria-label=${label} title=${label}>
      ${segments(job).map(
        ([name, share]) =>
          html`<span key=${name} class="segment ${name}" style=${{ width: `${share}%` }}></span>`,
      )}
    </div>`;
}
