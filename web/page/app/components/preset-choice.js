// Presets above the form of pictures: one fills it in, and what is filled in can be kept as one.
import { useEffect, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { configOf, draftFrom } from "../presets.js";
import { useAttempt } from "../uploading.js";
import { t } from "../words.js";
import { FormError } from "./form-error.js";
import { PageLink } from "./parts.js";

// Asked for a name where the form is to be kept.
function Keeping({ draft, schema, busy, onKeep, onClose }) {
  const [name, setName] = useState("");
  const keep = (event) => {
    event.preventDefault();
    if (name.trim() !== "") onKeep(name.trim(), configOf(draft, schema));
  };
  // The form of the job is around this: a field of its own, not a form within a form.
  const onKey = (event) => {
    if (event.key === "Enter") keep(event);
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    onClose();
  };
  return html`<div class="keeping" role="group" aria-label=${t("presets.keep")} onKeyDown=${onKey}>
    <input type="text" maxlength="100" aria-label=${t("presets.name")}
      placeholder=${t("presets.name")} value=${name} ref=${(field) => name === "" && field?.focus()}
      onInput=${(event) => setName(event.currentTarget.value)} />
    <button type="button" class="button" disabled=${busy || name.trim() === ""} onClick=${keep}>
      ${t("library.save")}</button>
    <button type="button" class="button" onClick=${onClose}>${t("presets.keep.not")}
      </button></div>`;
}

// What can be done with presets from this form. `attempt` tells of what is refused.
function usePresets(draft, change, schema) {
  const { presets, workshop } = usePage();
  const { busy, error, attempt } = useAttempt();
  useEffect(() => {
    presets.read();
  }, [presets]);
  const choose = (id) => {
    change({ preset: id });
    if (id === "") return;
    attempt(async () => change(draftFrom((await workshop.one("presets", id)).config, draft)));
  };
  const keep = (name, config) =>
    attempt(async () => {
      const { preset } = await workshop.addPreset({ name, config });
      presets.put(preset);
      change({ preset: preset.id });
    });
  const renew = () =>
    attempt(async () => {
      const { preset, config } = await workshop.one("presets", draft.preset);
      const about = { config: configOf(draft, schema, config), version: preset.version };
      presets.put((await workshop.change("presets", preset.id, about)).preset);
    });
  const known = presets.entries.value ?? [];
  return { known, busy, trouble: error ?? presets.trouble.value, choose, keep, renew };
}

function Options({ known }) {
  return html`<option value="">${t(known.length > 0 ? "presets.choose" : "presets.none")}</option>
    ${known.map(({ id, name, category, is_default: isDefault }) => {
      const said = [name, category, isDefault && t("presets.default")].filter(Boolean);
      return html`<option key=${id} value=${id}>${said.join(" · ")}</option>`;
    })}`;
}

export function PresetChoice({ draft, change, schema }) {
  const { route } = usePage();
  const { known, busy, trouble, choose, keep, renew } = usePresets(draft, change, schema);
  const [naming, setNaming] = useState(false);
  const close = () => setNaming(false);
  const onKeep = async (name, config) => (await keep(name, config)) && close();
  const isKnown = known.some(({ id }) => id === draft.preset);
  return html`<section class="preset" aria-label=${t("presets.one")}>
    <div class="field"><span><label for="generate-preset">${t("presets.one")}</label>
        <${PageLink} href=${route.toWorkshop()} class="small">${t("workshop.look")}<//></span>
      <select id="generate-preset" name="preset" value=${isKnown ? draft.preset : ""}
        disabled=${busy} onChange=${(event) => choose(event.currentTarget.value)}>
        <${Options} known=${known} /></select></div>
    ${
      naming
        ? html`<${Keeping} draft=${draft} schema=${schema} busy=${busy} onKeep=${onKeep} onClose=${close} />`
        : html`<div class="buttons"><button type="button" class="button"
            onClick=${() => setNaming(true)}>${t("presets.keep")}</button>
          ${
            isKnown &&
            html`<button type="button" class="button" disabled=${busy} onClick=${renew}>
            ${t("presets.renew")}</button>`
          }</div>`
    }
    ${trouble && html`<${FormError} error=${trouble} find=${() => undefined} />`}</section>`;
}
