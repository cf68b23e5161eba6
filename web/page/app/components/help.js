// What the keys do. Not a modal: the page goes on underneath.
import { useLayoutEffect, useRef } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { areKeysOn, switchKeys } from "../keys.js";
import { usePage } from "../page.js";
import { t } from "../words.js";
import { Icon } from "./icons.js";

const KEYS = [
  [["n"], "help.new"],
  [["/"], "help.filter"],
  [["↑", "↓"], "help.move"],
  [["Enter"], "help.open"],
  [["p"], "help.pause"],
  [["Alt", "↑"], "help.order"],
  [["Esc"], "help.back"],
  [["?"], "help.help"],
];

const Switch = () => html`<label class="keys-switch"><input type="checkbox" name="keys"
    checked=${areKeysOn.value} onChange=${(event) => switchKeys(event.currentTarget.checked)} />
  <span>${t("help.switch")}<small>${t("help.switch.note")}</small></span></label>`;

// Beside what it is about, for those who do not know its key.
export function HelpButton() {
  const { view } = usePage();
  return html`<button type="button" class="help-button" aria-expanded=${view.help.value}
    title=${t("help.open.label")} aria-label=${t("help.open.label")} onClick=${() => {
      view.help.value = !view.help.peek();
    }}>?</button>`;
}

// It takes the keyboard, and gives it back.
function Sheet() {
  const { view } = usePage();
  const sheet = useRef(null);
  useLayoutEffect(() => {
    const from = document.activeElement;
    const box = sheet.current;
    box.focus();
    return () => {
      if (box.contains(document.activeElement)) from?.focus();
    };
  }, []);
  return html`
    <aside class="help" ref=${sheet} tabindex="-1" aria-label=${t("help.title")}>
      <header><h2>${t("help.title")}</h2>
        <button type="button" class="icon-button" aria-label=${t("close")}
          onClick=${() => {
            view.help.value = false;
          }}><${Icon} name="close" /></button></header>
      <dl>${KEYS.map(
        ([keys, word]) => html`<div key=${word}>
        <dt>${keys.map((key) => html`<kbd key=${key}>${key}</kbd>`)}</dt><dd>${t(word)}</dd></div>`,
      )}</dl>
      <${Switch} />
    </aside>`;
}

export const Help = () => (usePage().view.help.value ? html`<${Sheet} />` : null);
