// What can be done with all items that match, not only with those in sight: how many that are, and
// the buttons. The server finds them anew by the same filters.
import { useState } from "../../vendor/hooks.js";
import { fieldFor } from "../fixes.js";
import { html } from "../html.js";
import { filterOf, isFiltered } from "../items-query.js";
import { isOver } from "../job.js";
import { usePage } from "../page.js";
import { number, t } from "../words.js";
import { ChangeForm, RetryButton, RetryLater } from "./cause-acts.js";

const FORMATS = ["csv", "xlsx", "jsonl"];
// Fields that are asked for here: how long an item may take.
const CHANGED_BY = "timeout";

function Download({ job, filter }) {
  const { api } = usePage();
  return html`<span class="button-group">${FORMATS.map(
    (format) => html`<a key=${format} class="button" download
      href=${api.exportAddress(job.id, format, filter)}>${
        format === "csv" ? t("find.download") : format.toUpperCase()
      }</a>`,
  )}</span>`;
}

// `count` is how many match; null until the server has said it.
export function ActBar({ job, query, count, onClear }) {
  const { route } = usePage();
  const [changing, setChanging] = useState(false);
  const narrowed = isFiltered(query) || query.status !== "";
  if (!narrowed) return null;
  const filter = filterOf(query);
  const field = fieldFor(job, CHANGED_BY);
  const isFailed = query.status === "failed";
  const canChange = !route.isShared && field !== null && query.status !== "pending" && count > 0;
  return html`<div class="act-bar" role="group" aria-label=${t("acts.label")}>
    <span class="num matching" role="status">${
      count === null
        ? "…"
        : t("acts.matching", { n: count, count: number(count), total: number(job.counts.total) })
    }</span>
    ${
      isFailed &&
      !route.isShared &&
      html`<${RetryButton} job=${job} where=${filter} n=${count ?? 0} at="matching"
        primary />`
    }
    ${
      canChange &&
      html`<button type="button" class="button" aria-expanded=${changing}
        onClick=${() => setChanging(!changing)}>${t(`acts.change.${field}`)}</button>`
    }
    ${query.status !== "pending" && count > 0 && html`<${Download} job=${job} filter=${filter} />`}
    ${isFiltered(query) && html`<button type="button" class="link" onClick=${onClear}>${t("acts.clear")}</button>`}
    ${isFailed && !route.isShared && !isOver(job) && html`<${RetryLater} at="matching" />`}
    ${
      changing &&
      canChange &&
      html`<${ChangeForm} job=${job} field=${field} only=${filter} n=${count}
        done=${() => setChanging(false)} />`
    }</div>`;
}
