// What the desk keeps for its pictures: presets of how they are made, characters, and models.
import { useEffect } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { t } from "../words.js";
import { CharacterShelf } from "./character-shelf.js";
import { FormError } from "./form-error.js";
import { ModelShelf } from "./model-shelf.js";
import { PageLink, PaneHead } from "./parts.js";
import { PresetShelf } from "./preset-shelf.js";

export function WorkshopPane() {
  const { characters, models, presets, route } = usePage();
  const shelves = [presets, characters, models];
  useEffect(() => {
    for (const shelf of shelves) shelf.read();
  }, shelves);
  const trouble = shelves.map((shelf) => shelf.trouble.value).find(Boolean);
  const isKnown = shelves.every((shelf) => shelf.entries.value !== null);
  return html`<div class="new-job library workshop">
    <${PaneHead} title=${t("workshop.title")} />
    <div class="pane-body">
      <p>${t("workshop.about")}${" "}<${PageLink} href=${route.toNew()}>${t("new.open")}<//></p>
      ${trouble && html`<${FormError} error=${trouble} find=${() => undefined} />`}
      ${
        !isKnown &&
        !trouble &&
        html`<p class="quiet-note" aria-busy="true">${t("list.loading")}</p>`
      }
      ${isKnown && html`<${PresetShelf} /><${CharacterShelf} /><${ModelShelf} />`}
    </div></div>`;
}
