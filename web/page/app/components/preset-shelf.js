// The desk's presets: what each says, which is the default, files in and out.
import { ApiError } from "../api.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { draftFrom, rowOf } from "../presets.js";
import { useAttempt } from "../uploading.js";
import { EMPTY_WORKSHOP } from "../workshop.js";
import { bytes, has, number, t } from "../words.js";
import { DropZone } from "./drop-zone.js";
import { FormError } from "./form-error.js";
import { KeptEntry } from "./kept-entry.js";

const FIELDS = { name: 100, category: 100, description: 2000 };

const loraOf = (raw) => `${rowOf(raw).name} × ${number(rowOf(raw).weight)}`;

function textOf(name, value) {
  if (name === "loras" && Array.isArray(value)) return value.filter(Boolean).map(loraOf).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

const says = (value) => value !== "" && value !== null && !(Array.isArray(value) && !value.length);

function Config({ config }) {
  const said = Object.entries(config).filter(([, value]) => says(value));
  return html`<dl class="config">${said.map(
    ([name, value]) => html`<div class="fact" key=${name}>
      <dt><bdi>${has(`spec.${name}`) ? t(`spec.${name}`) : name}</bdi></dt>
      <dd><bdi>${textOf(name, value)}</bdi></dd></div>`,
  )}</dl>`;
}

function Doings({ preset, config }) {
  const { presets, route, view, workshop } = usePage();
  const { busy, error, attempt } = useAttempt();
  const use = () => {
    const draft = { ...EMPTY_WORKSHOP.generate, preset: preset.id };
    const generate = { ...draft, ...draftFrom(config, draft) };
    view.workshop.value = { ...view.workshop.peek(), generate };
    view.draft.value = { ...view.draft.peek(), kind: "generate" };
    route.go(route.toNew());
  };
  const prefer = () =>
    attempt(async () => {
      await workshop.makeDefault(preset.id);
      await presets.read(); // another one is the default no longer
    });
  return html`<div class="buttons">
      <button type="button" class="button" onClick=${use}>${t("presets.use")}</button>
      ${
        !preset.is_default &&
        html`<button type="button" class="button" disabled=${busy} onClick=${prefer}>
        ${t("presets.prefer")}</button>`
      }
      <a class="button" download href=${workshop.exportAddress([preset.id])}>${t("action.download")}
        </a></div>
    ${error && html`<${FormError} error=${error} find=${() => undefined} />`}`;
}

const isNoJson = (name) =>
  new ApiError(400, { code: "invalid_request", message: t("presets.no_json", { name }) });

async function readJson(file) {
  try {
    return JSON.parse(await file.text());
  } catch {
    throw isNoJson(file.name);
  }
}

// A config itself has no name: it is called like its file.
const named = (value, file) =>
  value?.configs || value?.config_name || value?.name
    ? value
    : { config_name: file.name.replace(/\.json$/i, ""), config: value };

function Import() {
  const { presets, workshop } = usePage();
  const { busy, error, attempt } = useAttempt();
  const add = (files) =>
    attempt(async () => {
      for (const file of files)
        await workshop.importPresets(named(await readJson(file), file));
    }).finally(() => presets.read());
  return html`<${DropZone} name="presets_file" accept=".json" label=${t("presets.import")}
      note=${t("presets.import.note")} busy=${busy} multiple onFiles=${add} />
    ${error && html`<${FormError} error=${error} of="template" find=${() => undefined} />`}`;
}

export function PresetShelf() {
  const { presets, workshop } = usePage();
  const known = presets.entries.value ?? [];
  return html`<section class="doc-part" aria-label=${t("presets.title")}>
    <h2>${t("presets.title")}</h2>
    ${known.length === 0 && html`<p class="small">${t("presets.none.note")}</p>`}
    <ul class="shelf">${known.map(
      (preset) => html`<${KeptEntry} key=${preset.id} kind="presets" shelf=${presets}
      entry=${preset} fields=${FIELDS} line=${bytes(preset.size_bytes)}
      marks=${[preset.category, preset.is_default && t("presets.default")]}>
      ${({ config }) => html`<${Doings} preset=${preset} config=${config} />
        <${Config} config=${config} />`}<//>`,
    )}</ul>
    ${
      known.length > 1 &&
      html`<p><a class="button" download href=${workshop.exportAddress(known.map(({ id }) => id))}>
      ${t("presets.export")}</a></p>`
    }
    <${Import} /></section>`;
}
