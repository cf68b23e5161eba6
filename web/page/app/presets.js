// A preset is the form of pictures, kept: what is filled in from one, and what one says of a form.
// Pure.
import { told } from "./forms.js";
import { promptsOf } from "./workshop.js";

// Older systems call a LoRA otherwise, and keep words to add beside those that call it.
export const rowOf = ({ name, lora_key: key, full_name: full, weight, tags, extend_tags: more }) =>
  ({
    name: name || key || full || "",
    weight: typeof weight === "number" ? weight : 1,
    tags: [...(Array.isArray(tags) ? tags : []), ...(Array.isArray(more) ? more : [])].join(", "),
  });

// What can be typed of it as it is; prompts and LoRAs have places of their own.
const plainOf = ({ prompt: _, ...config }) =>
  Object.fromEntries(
    Object.entries(config).filter(([, value]) => value !== null && typeof value !== "object"),
  );

// The part of the draft that a preset fills in. Prompts that were typed stay.
export function draftFrom(config, { text }) {
  const loras = Array.isArray(config.loras) ? config.loras.filter(isObject).map(rowOf) : [];
  const prompt = typeof config.prompt === "string" ? config.prompt.replace(/\s*\n\s*/g, " ") : "";
  return {
    values: plainOf(config),
    loras,
    text: text.trim() === "" ? prompt : text,
  };
}

const isObject = (value) => typeof value === "object" && value !== null;
const listOf = (typed) => typed.split(/[,，]/).map((one) => one.trim()).filter(Boolean);

// All fields, said or not: a preset is what it is, also where the server's defaults change.
// `before` is what it said until now: what this form has no field for stays in it.
export function configOf({ values, loras, text }, schema, before = {}) {
  const config = { ...before };
  for (const [name, field] of Object.entries(schema.properties)) {
    const said = told(field, values[name]) ?? field.default;
    if (said !== undefined || name in config) config[name] = said ?? "";
  }
  delete config.prompt;
  const known = Array.isArray(before.loras) ? before.loras.filter(isObject) : [];
  config.loras = loras
    .filter(({ name }) => name.trim() !== "")
    .map((row) => withRest(row, known.find((raw) => rowOf(raw).name === row.name.trim())));
  const prompts = promptsOf(text);
  if (prompts.length === 1) config.prompt = prompts[0];
  return config;
}

// The notes and pictures that an older system keeps with a LoRA stay with it; its words are those
// of the row.
function withRest({ name, weight, tags }, raw) {
  const { extend_tags: _, ...rest } = raw ?? {};
  return { ...rest, name: name.trim(), weight, tags: listOf(tags) };
}
