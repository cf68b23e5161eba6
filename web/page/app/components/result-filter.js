// Finds results by their text and their HTTP status, and offers just those for download; of those
// that failed it tries again what is found.
import { useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { primaryAction } from "../job.js";
import { usePage } from "../page.js";
import { hasHttp, isHttp, whereOf } from "../result-filter.js";
import { t } from "../words.js";

// `change(part)` is told what has another value now.
// `count` is how many are found; null until the server has said it.
export function ResultFilter({ job, status, filter, count, change }) {
  const { api } = usePage();
  const isFiltered = Object.keys(whereOf(filter)).length > 0;
  const where = { ...whereOf(filter), ...(status ? { status } : {}) };
  const field = (name, rest) => html`<input type="search" name=${`find_${name}`} value=${filter[name]}
    aria-label=${t(`find.${name}`)} placeholder=${t(`find.${name}`)} spellcheck=${false}
    onInput=${(event) => change({ [name]: event.currentTarget.value })} ...${rest} />`;
  return html`<div class="result-filter">
    ${field("text", { maxlength: 500 })}
    ${hasHttp(job) && field("http", { maxlength: 100, "aria-invalid": `${!isHttp(filter.http)}` })}
    ${
      isFiltered &&
      html`<a class="button" download href=${api.exportAddress(job.id, "csv", where)}>
        ${t("find.download")}</a>`
    }
    ${
      isFiltered &&
      status === "failed" &&
      primaryAction(job) === "retry" &&
      html`<${RetryThese} job=${job} where=${whereOf(filter)} count=${count} />`
    }</div>`;
}

function RetryThese({ job, where, count }) {
  const { actions } = usePage();
  const [busy, setBusy] = useState(false);
  const retry = async () => {
    setBusy(true);
    await actions.command(job, "retry", where);
    setBusy(false);
  };
  return html`<button type="button" class="button" disabled=${busy || !count} onClick=${retry}>
    ${t("find.retry", { n: count ?? 0 })}</button>`;
}
