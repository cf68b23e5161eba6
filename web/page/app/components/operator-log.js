// The newest warnings and errors of the server's log, as it wrote them.
import { html } from "../html.js";
import { exactTime, fullTime, t } from "../words.js";

const SHOWN = 20;

export function HouseLog({ lines }) {
  return html`<section class="card" aria-labelledby="log">
    <h2 id="log">${t("operator.log")}</h2>
    ${lines.length === 0 && html`<p class="quiet">${t("operator.log.none")}</p>`}
    <div class="log-box" role="group" tabindex="0" aria-label=${t("operator.log")}><ol class="log" lang="en">${lines.slice(0, SHOWN).map(
      (line, at) => html`<li key=${`${line.at} ${at}`} class=${line.level}>
        <time class="num" datetime=${line.at} title=${fullTime(line.at)}>${exactTime(new Date(line.at))}</time>
        <span class="level">${line.level}</span>
        <span><bdi>${line.event}</bdi>
          ${Object.entries(line.fields).map(
            ([name, value]) => html` <span class="field" key=${name}><i>${name}</i> <bdi>${value}</bdi></span>`,
          )}</span></li>`,
    )}</ol></div></section>`;
}
