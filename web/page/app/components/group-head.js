// Above a group of the list: what its jobs have in common, and how many they are.
import { html } from "../html.js";
import { number, t } from "../words.js";

export const GroupHead = ({ group, n }) =>
  html`<div class="lane-head group-head of-${group}" role="listitem"><h2>${t(`group.${group}`)}</h2>
    <span class="small num">${number(n)}</span></div>`;
