// One item in the table: index, what, status, time, attempts, result.
import { cellOf } from "../extracted.js";
import { html } from "../html.js";
import { SORTS } from "../items-query.js";
import { reasonIn } from "../reasons.js";
import { visibleLine } from "../visible.js";
import { bytes, duration, number, t } from "../words.js";
import { StatusIcon } from "./icons.js";

// An outcome's status drawn with the marks of jobs; `lost` items are pending again.
const MARK = { ok: "completed", failed: "failed", poisoned: "failed", skipped: "cancelled" };

export const OutcomeMark = ({ status }) =>
  html`<${StatusIcon} status=${MARK[status] ?? "pending"} label=${t(`outcome.${status}`)} />`;

const TAIL = 14;

// A long address is cut in its middle: rows of one site differ at the end.
function Address({ url }) {
  // By characters: half of a pair is none.
  const chars = [...visibleLine(shortAddress(url))];
  const head = chars.slice(0, -TAIL).join("");
  return html`<bdi class="cut"><span>${head}</span><span>${chars.slice(-TAIL).join("")}</span>
    </bdi>`;
}

// Almost every address begins with https; the room is for what differs.
const shortAddress = (url) => String(url).replace(/^https:\/\//, "");

// A journey has a name, a picture its prompt, a document the name of its file; one that was not made
// has its row. What has an address is known by it, whatever file was kept of it.
function nameOf({ name, prompt, image, file, row, template, url, query, title, work, dir }) {
  const known = name || prompt || image || (!url && file);
  if (known) return known;
  if (template !== undefined) return t("doc.item", { n: row + 1 });
  // What has no address: a search of a source, a work, a task's folder. Of a kind that is not ours
  // nothing more may be known than its place in the list.
  return url === undefined ? (query ?? (title || work || dir || "–")) : undefined;
}

const asPercent = (share) => number(Math.round(share * 1000) / 10);

// What a picture is to be learned or taken as, and of the learning itself how good it is.
function learnedText({ accuracy, label, labels_n: labels, score }) {
  if (labels !== undefined) {
    const right = accuracy === null ? "" : t("models.accuracy", { percent: asPercent(accuracy) });
    return [t("models.labels", { n: labels }), right].filter(Boolean).join(" · ");
  }
  if (label === undefined) return null;
  if (label === null) return t("items.unsure");
  return score === undefined ? label : `${label} · ${asPercent(score)} %`;
}

export function resultText(outcome) {
  if (outcome.error) return reasonIn(outcome.error);
  if (outcome.steps_total > 0) return t("journeys.steps", { n: outcome.steps_total });
  if (Array.isArray(outcome.tags))
    return outcome.tags.map((tag) => tag.name).join(", ") || t("items.unsure");
  const learned = learnedText(outcome);
  if (learned !== null) return learned;
  if (outcome.file && outcome.bytes !== undefined) return bytes(outcome.bytes);
  if (outcome.dir && typeof outcome.score === "number")
    return t("agent.of_100", { score: outcome.score });
  if (outcome.opened) return t("opener.by", { n: outcome.tab });
  return outcome.http_status ? `HTTP ${outcome.http_status}` : "";
}

// What the items of a kind are called by, where it is no address.
const WHAT = {
  agent: "agent.col.what",
  document: "col.document",
  generate: "spec.prompt",
  tag: "col.picture",
  train: "col.picture",
  classify: "col.picture",
};
const COLUMNS = ["index", "what", "status", "time", "attempts", "result"];

// The columns of values that were taken, beside those that every job has.
const widths = (names) =>
  names.length > 0 ? `--values: repeat(${names.length}, minmax(56px, 2fr))` : null;

// The head of a column that rows can be sorted by says how they are.
function SortHead({ word, sort, query, onSort }) {
  const isSorted = query.sort === sort && (sort !== "index" || query.down);
  const way = query.down ? "descending" : "ascending";
  const mark = isSorted ? html`<span class="sorted" aria-hidden="true">${query.down ? "▾" : "▴"}</span>` : "";
  return html`<button type="button" class="sort" data-sort=${sort} aria-pressed=${isSorted}
    title=${t("sort.by", { column: word })}
    aria-label=${isSorted ? t(`sort.${way}`, { column: word }) : t("sort.by", { column: word })}
    onClick=${() => onSort(sort)}>${word}${mark}</button>`;
}

// `names` are those of values that have a column each; without `onSort` nothing is sorted.
export function ItemsHead({ job, names, query, onSort = null }) {
  const wordOf = (name) => t((name === "what" && WHAT[job.kind]) || `col.${name}`);
  const headOf = (name) =>
    onSort && SORTS[name]
      ? html`<${SortHead} word=${wordOf(name)} sort=${SORTS[name]} query=${query} onSort=${onSort} />`
      : wordOf(name);
  const sorted = (name) => {
    if (!onSort || !SORTS[name] || query.sort !== SORTS[name]) return "none";
    return query.down ? "descending" : "ascending";
  };
  return html`<div class="item head" role="row" style=${widths(names)}>
    ${COLUMNS.map((name) => html`<span key=${name} class="c-${name}" role="columnheader"
      aria-sort=${sorted(name)}>${headOf(name)}</span>`)}
    ${names.map((name) => html`<span key=${`=${name}`} class="c-value" role="columnheader"><bdi>${visibleLine(name)}
      </bdi></span>`)}
      </div>`;
}

function Value({ outcome, name }) {
  const text = visibleLine(cellOf(outcome, name));
  return html`<span class="c-value" role="cell" title=${text}><bdi>${text}</bdi></span>`;
}

export function ItemRow({ outcome, row, names, chosen, onChoose }) {
  if (outcome === null)
    return html`<div class="item loading" role="row"><span class="c-index num" role="cell">…</span>
      </div>`;
  const result = resultText(outcome);
  const onKey = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onChoose(outcome);
  };
  return html`
    <div class="item ${chosen ? "chosen" : ""}" role="row" tabindex="0" aria-rowindex=${row + 2}
      data-item-row=${row} style=${widths(names)} onKeyDown=${onKey}
      onClick=${() => onChoose(outcome)}>
      <span class="c-index num" role="cell">#${outcome.index}</span>
      <span class="c-what" role="cell" title=${nameOf(outcome) ?? outcome.url}>${
        nameOf(outcome)
          ? html`<bdi>${visibleLine(nameOf(outcome))}</bdi>`
          : html`<${Address} url=${outcome.url} />`
      }</span>
      <span class="c-status" role="cell"><${OutcomeMark} status=${outcome.status} />
        <span>${t(`outcome.${outcome.status}`)}</span></span>
      <span class="c-time num" role="cell">${duration(outcome.duration_ms)}</span>
      <span class="c-attempts num" role="cell">${outcome.attempts ?? ""}</span>
      <span class="c-result" role="cell" title=${result}><bdi>${result}</bdi></span>
      ${names.map((name) => html`<${Value} key=${name} outcome=${outcome} name=${name} />`)}
    </div>`;
}
