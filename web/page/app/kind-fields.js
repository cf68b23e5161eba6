// The fields of the specs of pictures, crawls, tags and models: what each begins with and how far
// it may go, as the server has them (docs/generate.md and the like; a test compares). Pure.
//
// A field's `type` says how it is typed: `whole` and `number` as figures ("" is none where it is
// `optional`), `text` on a line, `area` on several, `lines` and `commas` as lists, `headers` as
// `Name: value` lines, `flag` as a tick, `choice` as one of `among`, `money` as US dollars, `secret`
// as what is not shown. `by` says what one that is
// empty is, with each analyzer. Upper limits that are settings of the server are not here: it names
// them when it refuses.
import { headersOf } from "./run.js";

const whole = (value, min, max, rest) => ({ type: "whole", value, min, max, step: 1, ...rest });
const number = (value, min, max, rest) => ({ type: "number", value, min, max, ...rest });
const choice = (value, ...among) => ({ type: "choice", value, among: [value, ...among] });
const text = (value, rest) => ({ type: "text", value, ...rest });
const area = { type: "area", value: "" };
const lines = { type: "lines", value: "" };
const commas = { type: "commas", value: "" };
const flag = (value) => ({ type: "flag", value });
const side = whole(512, 64, 4096, { step: 8 });
const optional = { optional: true };
const money = { type: "money", value: "" };
const secret = { type: "secret", value: "" };

const MOST_SEED = 4294967295;
const SAMPLERS = ["DPM++ 2M Karras", "DPM++ SDE Karras", "Euler a", "Euler", "DDIM", "UniPC"];
const UPSCALERS = ["Latent", "Latent (nearest-exact)", "ESRGAN_4x", "R-ESRGAN 4x+", "SwinIR_4x"];

const THRESHOLDS = { imagenet: 0.1, wd14tagger: 0.35, deepbooru: 0.5, clip: 0 };
const TOPS = { imagenet: 5, wd14tagger: 100, deepbooru: 100, clip: 100 };

export const FIELDS = {
  generate: {
    negative_prompt: area,
    width: side,
    height: side,
    steps: whole(20, 1, 150),
    cfg_scale: number(7, 1, 30),
    sampler: text("DPM++ 2M Karras", { hints: SAMPLERS }),
    seed: whole(-1, -1, MOST_SEED),
    batch_size: whole(1, 1, 8),
    batch_count: whole(1, 1, 10),
    loop_count: whole(1, 1, 20),
    denoising_strength: number(0.75, 0, 1),
    enable_hr: flag(false),
    hr_scale: number(2, 1, 4),
    hr_upscaler: text("Latent", { hints: UPSCALERS }),
    hr_steps: whole(0, 0, 150),
    hr_denoising_strength: number(0.7, 0, 1),
    model: text(""),
    vae: text(""),
    clip_skip: whole(1, 1, 12),
    eta: number("", 0, 1, optional),
    ensd: whole(0, 0, MOST_SEED),
    loop_delay_s: number(2, 0, 60),
    retries: whole(2, 0, 10),
    timeout_s: number(600, 1, 3600),
    restore_faces: flag(false),
    tiling: flag(false),
    save_grid: flag(false),
    save_images: flag(false),
  },
  crawl: {
    depth: whole(5, 0, 100),
    max_items: whole(1000, 1),
    same_site: choice("site", "host", "any"),
    content: choice("pages", "images", "all"),
    include: lines,
    exclude: lines,
    delay_s: number(0, 0, 3600),
    concurrency: whole(2, 1),
    retries: whole(3, 0, 10),
    timeout_s: number(30, 0.1, 600),
    sitemap: flag(true),
    robots: flag(true),
    proxy_pool: flag(false),
    headers: { type: "headers", value: "" },
    user_agent: text(""),
    max_links: whole(5000, 1, 5000),
    max_path_depth: whole(16, 1, 100),
    max_queries: whole(100, 0, 1000000),
    max_per_pattern: whole(500, 1, 1000000),
  },
  tag: {
    analyzer: choice("imagenet", "wd14tagger", "deepbooru", "clip"),
    via: choice("local", "webui"),
    model: text(""),
    threshold: number("", 0, 1, { ...optional, by: THRESHOLDS }),
    character_threshold: number(0.85, 0, 1),
    top: whole("", 1, 1000, { ...optional, by: TOPS }),
    save_type: choice("txt", "json"),
    tag_order: choice("score", "name"),
    language: choice("en", "zh"),
    skip_tags: commas,
    extend_tags: commas,
    concurrency: whole(16, 1, 16),
    retries: whole("", 0, 10, optional),
    stop_on_failure: flag(false),
    save_beside: flag(false),
    limit: whole("", 1, undefined, optional),
  },
  train: {
    name: text(""),
    validation: number(0.2, 0, 0.5),
    seed: whole(0, 0, MOST_SEED),
    epochs: whole("", 1, 300, optional),
    whole: flag(false),
    concurrency: whole(16, 1, 16),
    retries: whole(0, 0, 10),
  },
  classify: {
    model: text(""),
    top: whole(3, 1, 1000),
    threshold: number(0, 0, 1),
    concurrency: whole(16, 1, 16),
    retries: whole(0, 0, 10),
    stop_on_failure: flag(false),
  },
  agent: {
    endpoint: text(""),
    model: text(""),
    api_key: secret,
    judge_endpoint: text(""),
    judge_model: text(""),
    judge_api_key: secret,
    max_iterations: whole(10, 1, 100),
    max_tokens: whole(8192, 1, 1000000),
    time_limit_s: number("", 1, 604800, optional),
    budget_usd: money,
    budget_tokens: whole("", 1, undefined, optional),
    task_budget_usd: money,
    task_budget_tokens: whole("", 1, undefined, optional),
    concurrency: whole(3, 1, 1000),
    commands: flag(false),
  },
};

export const defaultsOf = (kind) =>
  Object.fromEntries(Object.entries(FIELDS[kind]).map(([name, { value }]) => [name, value]));

const listOf = (typed, by) => typed.split(by).map((one) => one.trim()).filter(Boolean);

// What is typed, as the server is told it; undefined where it says nothing.
function told({ type }, typed) {
  if (type === "lines") return listOf(typed, /\r?\n/);
  if (type === "commas") return listOf(typed, /[,，\n]/);
  if (type === "headers") return typed.trim() === "" ? undefined : headersOf(typed);
  return typeof typed === "string" && type !== "area" ? typed.trim() : typed;
}

// The fields that were changed; the server has its own defaults for the others.
export function specOf(kind, values) {
  const spec = {};
  for (const [name, field] of Object.entries(FIELDS[kind])) {
    if (values[name] === field.value) continue;
    const said = told(field, values[name]);
    if (said !== undefined && said !== "") spec[name] = said;
  }
  return spec;
}

// A spec as it is typed: that of a preset, say. What is no field here is left out.
export function typedOf(kind, spec) {
  const values = defaultsOf(kind);
  for (const [name, { type, value }] of Object.entries(FIELDS[kind])) {
    const said = spec[name];
    if (said === undefined || said === null) continue;
    if (type === "lines") values[name] = said.join("\n");
    else if (type === "commas") values[name] = said.join(", ");
    else if (type === "headers") continue; // secret ones are not told again
    else if (value === "" || typeof said === typeof value) values[name] = said;
  }
  return values;
}
