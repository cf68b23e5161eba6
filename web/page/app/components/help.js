// What the keys do. Not a modal: the page goes on underneath.
import { html } from "../html.js";
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

export function Help() {
  const { view } = usePage();
  if (!view.help.value) return null;
  return html`
    <aside class="help" aria-label=${t("help.title")}>
      <header><h2>${t("help.title")}</h2>
        <button type="button" class="icon-button" aria-label=${t("close")}
          onClick=${() => {
            view.help.value = false;
          }}><${Icon} name="close" /></button></header>
      <dl>${KEYS.map(
        ([keys, word]) => html`<div key=${word}>
        <dt>${keys.map((key) => html`<kbd key=${key}>${key}</kbd>`)}</dt><dd>${t(word)}</dd></div>`,
      )}</dl>
    </aside>`;
}
