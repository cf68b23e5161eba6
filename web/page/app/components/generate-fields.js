// What pictures are to be made: prompts, size, how many, LoRAs, and a second pass.
import { figureOf } from "../forms.js";
import { html } from "../html.js";
import { promptsOf } from "../workshop.js";
import { number, t } from "../words.js";
import { BeginChoice } from "./begin-choice.js";
import { LoraRows } from "./lora-rows.js";
import { PresetChoice } from "./preset-choice.js";
import { PromptsField } from "./prompts-field.js";
import { Folded, SpecField, SpecFields } from "./spec-field.js";
import { WebuiChip } from "./webui-chip.js";

const SIZE = ["width", "height", "steps", "cfg_scale", "sampler", "seed"];
const MANY = ["batch_size", "batch_count", "loop_count"];
const SECOND_PASS = ["hr_scale", "hr_upscaler", "hr_steps", "hr_denoising_strength"];
const MORE = {
  figures: ["model", "vae", "clip_skip", "eta", "ensd", "loop_delay_s", "retries", "timeout_s"],
  flags: ["restore_faces", "tiling", "save_grid", "save_images"],
};

// How many pictures these prompts become; nothing while a figure is missing.
function Many({ draft: { text, values }, schema }) {
  const each = MANY.reduce((many, name) => many * figureOf(schema, values, name), 1);
  const prompts = promptsOf(text).length;
  if (prompts === 0 || !(each >= 1)) return null;
  return html`<p class="small num" role="status">${t("generate.many", {
    n: prompts * each,
    prompts: number(prompts),
    each: number(each),
  })}</p>`;
}

export function GenerateFields({ draft, change, form, earlier }) {
  return html`<${WebuiChip} />
    <${PresetChoice} draft=${draft} change=${change} schema=${form.schema} />
    ${
      earlier ??
      html`<${PromptsField} name="prompts" text=${draft.text} prose
      count=${t("generate.prompts.count", { n: promptsOf(draft.text).length })}
      label=${t("generate.prompts")} note=${t("generate.prompts.note")}
      onText=${(text) => change({ text })} />`
    }
    <${SpecField} name="negative_prompt" form=${form} />
    <div class="numbers"><${SpecFields} names=${SIZE} form=${form} /></div>
    <div class="numbers"><${SpecFields} names=${MANY} form=${form} /></div>
    <${Many} draft=${draft} schema=${form.schema} />
    <${LoraRows} loras=${draft.loras} reason=${form.reasons.loras}
      onLoras=${(loras) => change({ loras })} />
    <${BeginChoice} begin=${draft.begin} onBegin=${(begin) => change({ begin })} form=${form} />
    <div><${SpecField} name="enable_hr" form=${form} />
      ${
        form.values.enable_hr &&
        html`<div class="numbers inset"><${SpecFields} names=${SECOND_PASS} form=${form} /></div>`
      }</div>
    <${Folded} title=${t("form.more")} form=${form} ...${MORE} />`;
}
