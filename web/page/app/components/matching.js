// Which column fills which field: found by the server, changed here, with what is missing and what
// nobody asks for.
import { filled, missingOf } from "../documents.js";
import { html } from "../html.js";
import { t } from "../words.js";

function Row({ field, columns, onColumn }) {
  const { key, column, how, required, isMissing } = field;
  const note = isMissing ? "missing" : !required && column === null ? "optional" : how;
  const samples = columns.find(({ name }) => name === column)?.samples ?? [];
  // A column by the field's own name fills it, whatever else is said.
  const mayBeNone = how !== "same";
  return html`<tr class=${isMissing ? "missing" : ""}><th scope="row"><bdi>${key}</bdi></th>
    <td><select key=${columns.map(({ name }) => name).join("\n")}
      aria-label=${t("doc.column.of", { field: key })} value=${column ?? ""}
      aria-invalid=${isMissing ? "true" : null}
      onChange=${(event) => onColumn(event.currentTarget.value)}>
      ${mayBeNone && html`<option value="">${t("doc.column.none")}</option>`}
      ${columns.map(({ name }) => html`<option key=${name} value=${name}>${name}</option>`)}
      </select></td>
    <td class="sample small"><bdi>${samples[0] ?? ""}</bdi></td>
    <td class=${`origin small ${note}`}>${t(`doc.how.${note}`)}</td></tr>`;
}

function One({ template, match, columns, several, chosen, onColumn }) {
  const fields = filled(match, chosen);
  const missing = missingOf(fields);
  return html`<table class="matching"><caption>${several && html`<bdi>${template.name}</bdi> `}
      <span class=${missing.length > 0 ? "wrong" : "small"}>${
        missing.length > 0
          ? t("doc.lacking", { n: missing.length })
          : t("doc.matched", { n: fields.length })
      }</span></caption>
    <thead class="unseen"><tr>${["field", "column", "sample", "how"].map(
      (name) => html`<th key=${name} scope="col">${t(`doc.col.${name}`)}</th>`,
    )}</tr></thead>
    <tbody>${fields.map(
      (field) => html`<${Row} key=${field.key} field=${field} columns=${columns}
      onColumn=${(column) => onColumn(field.key, column)} />`,
    )}</tbody></table>`;
}

// `onColumn(template, field, column)`; an empty column is none.
export function Matching({ templates, matches, columns, unused, mappings, onColumn }) {
  const known = templates.filter(({ id }) => matches[id]);
  return html`<section class="doc-part" aria-label=${t("doc.matching")}>
    <h2>${t("doc.matching")}</h2>
    ${known.map(
      (one) => html`<${One} key=${one.id} template=${one} match=${matches[one.id]}
      columns=${columns} several=${templates.length > 1} chosen=${mappings[one.id]}
      onColumn=${(field, column) => onColumn(one.id, field, column)} />`,
    )}
    ${
      unused.length > 0 &&
      html`<p class="small">${t("doc.unused", { n: unused.length })}${" "}
      ${unused.map((name) => html`<bdi class="tag" key=${name}>${name}</bdi> `)}</p>`
    }</section>`;
}
