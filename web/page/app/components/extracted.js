// Values that a journey extracted, each by its name, with a button that copies it.
import { html } from "../html.js";
import { copyText, shapeOf } from "../extracted.js";
import { t } from "../words.js";
import { CopyButton } from "./parts.js";

const ROWS_SHOWN = 50;

function Rest({ n }) {
  return n > 0 ? html`<p class="small">${t("extracted.more", { n })}</p>` : null;
}

const Heading = ({ name }) => html`<th scope="col"><bdi>${name}</bdi></th>`;

function Row({ cells }) {
  return html`<tr>${cells.map((cell, at) => html`<td key=${at}><bdi>${cell}</bdi></td>`)}</tr>`;
}

function Table({ columns, rows }) {
  return html`<div class="table-box" tabindex="0"><table>
    ${
      columns &&
      html`<thead><tr>${columns.map((name) => html`<${Heading} key=${name} name=${name} />`)}
      </tr></thead>`
    }
    <tbody>${rows.slice(0, ROWS_SHOWN).map((cells, at) => html`<${Row} key=${at} cells=${cells} />`)}
    </tbody></table></div><${Rest} n=${rows.length - ROWS_SHOWN} />`;
}

function Value({ shape }) {
  if (shape.text !== undefined) return html`<p class="value"><bdi>${shape.text}</bdi></p>`;
  if (shape.rows !== undefined) return html`<${Table} ...${shape} />`;
  if (shape.list.length === 0) return html`<p class="small">${t("extracted.none")}</p>`;
  return html`<ul class="value">${shape.list
    .slice(0, ROWS_SHOWN)
    .map((text, at) => html`<li key=${at}><bdi>${text}</bdi></li>`)}</ul>
    <${Rest} n=${shape.list.length - ROWS_SHOWN} />`;
}

export function Extracted({ values }) {
  const names = Object.keys(values ?? {});
  if (names.length === 0) return null;
  return html`<section><h3>${t("visit.extracted")}</h3>
    ${names.map((name) => {
      const shape = shapeOf(values[name]);
      return html`<div class="extracted" key=${name}><header><b><bdi>${name}</bdi></b>
        <${CopyButton} text=${copyText(shape)} label=${t("copy.field", { name })} small /></header>
        <${Value} shape=${shape} /></div>`;
    })}</section>`;
}
