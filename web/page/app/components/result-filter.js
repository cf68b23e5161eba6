// Finds results by their text and their HTTP status, and offers just those for download.
import { html } from "../html.js";
import { usePage } from "../page.js";
import { hasHttp, isHttp, whereOf } from "../result-filter.js";
import { t } from "../words.js";

// `change(part)` is told what has another value now.
export function ResultFilter({ job, status, filter, change }) {
  const { api } = usePage();
  const where = { ...whereOf(filter), ...(status ? { status } : {}) };
  const field = (name, rest) => html`<input type="search" name=${`find_${name}`} value=${filter[name]}
    aria-label=${t(`find.${name}`)} placeholder=${t(`find.${name}`)} spellcheck="false"
    onInput=${(event) => change({ [name]: event.currentTarget.value })} ...${rest} />`;
  return html`<div class="result-filter">
    ${field("text", { maxlength: 500 })}
    ${hasHttp(job) && field("http", { maxlength: 100, "aria-invalid": `${!isHttp(filter.http)}` })}
    ${
      Object.keys(whereOf(filter)).length > 0 &&
      html`<a class="button" download href=${api.exportAddress(job.id, "csv", where)}>
        ${t("find.download")}</a>`
    }</div>`;
}
