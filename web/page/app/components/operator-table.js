// A table that may be wider than its card: it is scrolled by keyboard, too.
import { html } from "../html.js";

export const Table = ({ label, heads, kind = "", children }) => html`<div class="scroller" role="group" tabindex="0"
  aria-label=${label}><table class=${kind}><thead><tr>
    ${heads.map((head) => html`<th key=${head} scope="col">${head}</th>`)}</tr></thead>
    <tbody>${children}</tbody></table></div>`;
