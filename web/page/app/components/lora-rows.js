// The LoRAs of a job, a row for each: its name, its weight, and the words that call it.
import { html } from "../html.js";
import { MOST_LORAS } from "../workshop.js";
import { t } from "../words.js";
import { IconButton, WrongNote } from "./parts.js";

const FRESH = { name: "", weight: 1, tags: "" };

function Row({ lora, at, change, remove }) {
  const text = (name) => html`<input type="text" name=${`lora_${name}`} maxlength="300"
    value=${lora[name]} aria-label=${t(`lora.${name}.of`, { n: at + 1 })} spellcheck=${false}
    autocapitalize="off" placeholder=${t(`lora.${name}`)}
    onInput=${(event) => change({ [name]: event.currentTarget.value })} />`;
  const weigh = ({ currentTarget: { value, valueAsNumber } }) =>
    change({ weight: value === "" ? "" : valueAsNumber });
  return html`<li class="lora-row">${text("name")}
    <input type="number" name="lora_weight" min="-4" max="4" step="any" required
      value=${lora.weight} aria-label=${t("lora.weight.of", { n: at + 1 })} onInput=${weigh} />
    ${text("tags")}
    <${IconButton} icon="remove"
      label=${t("lora.remove", { n: at + 1 })} onPress=${remove} /></li>`;
}

export function LoraRows({ loras, reason, onLoras }) {
  const change = (at, part) =>
    onLoras(loras.map((lora, place) => (place === at ? { ...lora, ...part } : lora)));
  return html`<section class="loras" aria-label=${t("spec.loras")}>
    ${
      loras.length > 0 &&
      html`<ul>${loras.map(
        (lora, at) => html`<${Row} key=${at} lora=${lora} at=${at}
        change=${(part) => change(at, part)}
        remove=${() => onLoras(loras.filter((_, place) => place !== at))} />`,
      )}</ul>`
    }
    <${WrongNote} id="generate-loras-note" reason=${reason} />
    <button type="button" class="button" disabled=${loras.length >= MOST_LORAS}
      onClick=${() => onLoras([...loras, FRESH])}>${t("lora.add")}</button></section>`;
}
