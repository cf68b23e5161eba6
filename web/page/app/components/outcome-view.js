// One outcome in full, whatever fields it has, each with its copy button.
import { useEffect, useRef } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { has, t } from "../words.js";
import { Icon } from "./icons.js";
import { CopyButton, OutsideLink } from "./parts.js";

const ADDRESSES = new Set(["url", "final_url"]);

const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value));

function Fact({ name, value }) {
  const label = has(`field.${name}`) ? t(`field.${name}`) : name;
  const shown = ADDRESSES.has(name) ? html`<${OutsideLink} url=${value} />` : html`<bdi>${asText(value)}</bdi>`;
  return html`<div class="fact"><dt>${label}</dt><dd>${shown}</dd>
    <${CopyButton} text=${asText(value)} label=${t("copy.field", { name: label })} small /></div>`;
}

export function OutcomeView({ outcome, onClose }) {
  const box = useRef(null);
  useEffect(() => { box.current.scrollTop = 0; }, [outcome.index]);
  const facts = Object.entries(outcome).filter(([, value]) => value !== null && value !== undefined);
  const onKey = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    onClose();
  };
  return html`
    <section class="outcome" aria-label=${t("outcome.title")} onKeyDown=${onKey} ref=${box}>
      <header><h2>${t("outcome.title")}</h2>
        <${CopyButton} text=${JSON.stringify(outcome, null, 2)} label=${t("copy.json")} />
        <button type="button" class="icon-button" aria-label=${t("close")} onClick=${onClose}>
          <${Icon} name="close" /></button></header>
      <dl>${facts.map(([name, value]) => html`<${Fact} key=${name} name=${name} value=${value} />`)}</dl>
    </section>`;
}
