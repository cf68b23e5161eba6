// What a job begins with, one a line: prompts, searches, addresses. It has the keyboard at once.
import { useLayoutEffect, useRef } from "../../vendor/hooks.js";
import { html } from "../html.js";

export function PromptsField({ name, text, label, count, note, prose = false, such, onText }) {
  const field = useRef(null);
  // Before the next key: typed right after `n`, it belongs to this field.
  useLayoutEffect(() => field.current.focus(), []);
  return html`<label class="field"><span>${label}<em class="num">${count}</em></span>
    <textarea name=${name} rows="5" spellcheck=${prose} autocapitalize="off"
      class=${prose ? "prose" : ""} ref=${field} value=${text} placeholder=${such}
      onInput=${(event) => onText(event.currentTarget.value)}></textarea>
    <small>${note}</small></label>`;
}
