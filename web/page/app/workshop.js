// What the forms of pictures, crawls, tags and agents make of their fields: pure functions between
// drafts and the API's requests. `kind-fields.js` has the fields of the specs themselves.
import { nameOf, readTasks, specOfAgents } from "./agents.js";
import { defaultsOf, specOf } from "./kind-fields.js";
import { nameFor, parseItems } from "./new-job.js";

export const WORKSHOP = ["generate", "crawl", "tag", "train", "classify", "agent"];

// Sources of crawls that ship with the server; `other` is one of the operator's, by its name. `again`
// is none: an earlier crawl of a site is gone through again.
export const AGAIN = "again";
export const SOURCES = ["pixiv-tag", "pixiv-user", "pixiv-illust", "other"];
export const isOfSite = ({ name }) => name === "" || name === AGAIN;
export const EMPTY_SOURCE = {
  name: "", other: "", limit: 100, max_images: 0, order: "date_d", mode: "safe", cookie: "",
};
export const ORDERS = ["date_d", "date", "popular_d"];
export const MODES = ["safe", "r18", "all"];
export const MOST_LORAS = 20;

const draftOf = (kind, rest) => ({ values: defaultsOf(kind), ...rest });

// `from` says where pictures come from: `folders` are paths, `pictures` ids of the library, `file`
// is an archive to learn from.
const PICTURES_FROM = { from: "pictures", folders: [], folder: "", pictures: [] };

export const EMPTY_WORKSHOP = {
  generate: draftOf("generate", { text: "", loras: [], preset: "", begin: null }),
  crawl: draftOf("crawl", { text: "", source: EMPTY_SOURCE, since: "" }),
  tag: draftOf("tag", PICTURES_FROM),
  train: draftOf("train", { ...PICTURES_FROM, from: "file", file: null }),
  classify: draftOf("classify", PICTURES_FROM),
  agent: draftOf("agent", { text: "", judge: false }),
};

const isLora = ({ name }) => name.trim() !== "";
const commas = (text) => text.split(/[,，]/).map((one) => one.trim()).filter(Boolean);

export const lorasOf = (loras) =>
  loras.filter(isLora).map(({ name, weight, tags }) => ({
    name: name.trim(),
    weight,
    ...(commas(tags).length > 0 ? { tags: commas(tags) } : {}),
  }));

function sourceOf({ name, other, limit, max_images: images, order, mode, cookie }) {
  const said = { name: name === "other" ? other.trim() : name, limit };
  if (images > 0) said.max_images = images;
  if (name === "pixiv-tag") Object.assign(said, { order, mode });
  return cookie.trim() === "" ? said : { ...said, cookie: cookie.trim() };
}

// What is typed in and what is chosen: all folders, of which one may be typed.
export const foldersOf = ({ folders, folder }) =>
  folder.trim() === "" ? folders : [...folders, folder.trim()];

// The spec's part and the items of each kind.
const MAKING = {
  generate({ values, text, loras, begin }) {
    const said = lorasOf(loras);
    const spec = { ...specOf("generate", values), ...(said.length > 0 ? { loras: said } : {}) };
    const prompts = promptsOf(text);
    if (begin === null) return { spec: without(spec, OF_BEGINNINGS), items: prompts };
    return { spec, items: prompts.map((prompt) => ({ prompt, init_image: begin })) };
  },
  crawl({ values, text, source, since }) {
    const spec = specOf("crawl", values);
    const items = parseItems(text);
    if (source.name === AGAIN)
      return { spec: { ...spec, since }, ...(items.length > 0 ? { items } : {}) };
    if (source.name === "") return { spec, items };
    return { spec: { ...spec, source: sourceOf(source) }, items: promptsOf(text) };
  },
  tag: ({ values, ...from }) => picturesOf(without(specOf("tag", values), idle(values, from)), from),
  train: ({ values, ...from }) => picturesOf(specOf("train", values), from),
  classify: ({ values, ...from }) => picturesOf(specOf("classify", values), from),
  agent: ({ values, text, ...rest }) => ({
    spec: specOfAgents(specOf("agent", values), rest),
    items: readTasks(text).tasks,
  }),
};

const without = (spec, names) =>
  Object.fromEntries(Object.entries(spec).filter(([name]) => !names.includes(name)));

// What is said of a picture to begin with says nothing where there is none; what is said of folders
// nothing of pictures of the library; and only one of the models can be had here and there.
const OF_BEGINNINGS = ["denoising_strength"];
const OF_FOLDERS = ["limit", "save_beside"];
const OF_PLACES = ["via", "model"];
export const hasPlaces = ({ analyzer }) => analyzer === "wd14tagger";
const idle = (values, { from }) => [
  ...(from === "folders" ? [] : OF_FOLDERS),
  ...(hasPlaces(values) ? (values.via === "webui" ? [] : ["model"]) : OF_PLACES),
];

// Items are pictures of the library; folders stand in the spec, and the server looks into them; a
// file goes beside the request.
function picturesOf(spec, draft) {
  if (draft.from === "file") return { spec };
  if (draft.from === "folders") return { spec: { ...spec, input_dir: foldersOf(draft) } };
  return { spec, items: draft.pictures.map((picture) => ({ picture })) };
}

// One prompt, or one search, a line; `#` begins a comment in neither.
export const promptsOf = (text) => text.split(/\r?\n/).map((line) => line.trim()).filter(Boolean);

const startsWith = (items) => (items[0] ?? "").slice(0, 60);

const startOfPictures = (draft) =>
  startsWith(draft.from === "folders" ? foldersOf(draft) : draft.pictures);

const NAMES = {
  generate: ({ text }) => startsWith(promptsOf(text)),
  crawl: ({ text, source }) =>
    isOfSite(source) ? nameFor(parseItems(text), null) : startsWith(promptsOf(text)),
  tag: startOfPictures,
  train: ({ values }) => values.name.trim(),
  classify: startOfPictures,
  agent: ({ text }) => nameOf(text),
};

export function workshopRequest(kind, draft, { name, schedule, start }) {
  const said = name.trim() || NAMES[kind](draft);
  const made = { kind, name: said, ...MAKING[kind](draft), start };
  return schedule ? { ...made, schedule } : made;
}

// What is handed over beside the request; null where nothing is.
export const fileOf = (draft) => (draft.from === "file" ? draft.file : null);

// How many items there are to begin with; null where only the server can count them.
export function countOf(kind, draft) {
  const { spec, items } = MAKING[kind](draft);
  return items === undefined || spec.since !== undefined ? null : items.length;
}

// What a spec cannot be without.
const NEEDED = { train: ["name"], classify: ["model"] };

export function isReady(kind, draft) {
  const lacks = (NEEDED[kind] ?? []).some((name) => draft.values[name].trim() === "");
  if (lacks) return false;
  if (draft.from === "file") return draft.file !== null;
  if (kind === "crawl" && draft.source.name === AGAIN) return draft.since !== "";
  const count = countOf(kind, draft);
  return count === null ? foldersOf(draft).length > 0 : count > 0;
}

// A refusal taken apart: what is wrong with which field of the form, and all the rest. `known` are
// the fields that show it themselves. The server says `depth`, `spec.depth` or `loras[2].weight`.
export function takenApart(error, known) {
  const wrong = Array.isArray(error?.details.errors) ? error.details.errors : [];
  const reasons = {};
  const rest = [];
  for (const one of wrong) {
    const field = String(one.field ?? "").replace(/^spec\./, "").replace(/\[.*$/, "");
    const isHere = !Number.isInteger(one.index) && known.has(field);
    if (isHere) reasons[field] ??= one.reason;
    else rest.push(one);
  }
  return { reasons, rest };
}
