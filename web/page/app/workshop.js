// What the forms of pictures, crawls, tags and agents make of their fields: pure functions between
// drafts and the API's requests. The fields of the specs themselves are those of their schemas.
import { nameOf, readTasks, specOfAgents } from "./agents.js";
import { specOf, valuesOf } from "./forms.js";
import { jobOf, nameFor, parseItems } from "./new-job.js";

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

// `earlier` is `{id, n}` where the items are those of a job that stays with the server, `before` what
// was typed when the form was opened from one.
const draftOf = (rest) => ({ values: {}, earlier: null, before: null, secrets: [], ...rest });

// `from` says where pictures come from: `folders` are paths, `pictures` ids of the library, `file`
// is an archive to learn from.
const PICTURES_FROM = { from: "pictures", folders: [], folder: "", pictures: [] };

export const EMPTY_WORKSHOP = {
  generate: draftOf({ text: "", loras: [], preset: "", begin: null }),
  crawl: draftOf({ text: "", source: EMPTY_SOURCE, since: "" }),
  tag: draftOf(PICTURES_FROM),
  train: draftOf({ ...PICTURES_FROM, from: "file", file: null }),
  classify: draftOf(PICTURES_FROM),
  agent: draftOf({ text: "", judge: false }),
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
  generate({ values, text, loras, begin }, schema) {
    const said = lorasOf(loras);
    const { loras: _, ...rest } = specOf(schema, values);
    const spec = { ...rest, ...(said.length > 0 ? { loras: said } : {}) };
    const prompts = promptsOf(text);
    if (begin === null) return { spec: without(spec, OF_BEGINNINGS), items: prompts };
    return { spec, items: prompts.map((prompt) => ({ prompt, init_image: begin })) };
  },
  crawl({ values, text, source, since }, schema) {
    const { source: _, ...spec } = specOf(schema, values);
    const items = parseItems(text);
    if (source.name === AGAIN)
      return { spec: { ...spec, since }, ...(items.length > 0 ? { items } : {}) };
    if (source.name === "") return { spec, items };
    return { spec: { ...spec, source: sourceOf(source) }, items: promptsOf(text) };
  },
  tag: ({ values, ...from }, schema) =>
    picturesOf(without(specOf(schema, values), idle(valuesOf(schema, values), from)), from),
  train: ({ values, ...from }, schema) => picturesOf(specOf(schema, values), from),
  classify: ({ values, ...from }, schema) => picturesOf(specOf(schema, values), from),
  agent: ({ values, text, ...rest }, schema) => ({
    spec: specOfAgents(specOf(schema, values), rest),
    items: readTasks(text).tasks,
  }),
};

// The same with the items of a job that stays with the server.
function makingOf(kind, draft, schema) {
  const made = MAKING[kind](draft, schema);
  if (!draft.earlier) return made;
  const { input_dir: _, ...spec } = made.spec;
  return { spec, items_of: draft.earlier.id };
}

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
  train: ({ values }) => (values.name ?? "").trim(),
  classify: startOfPictures,
  agent: ({ text }) => nameOf(text),
};

export function workshopRequest(kind, draft, schema, form) {
  const called = draft.earlier ? (form.origin?.name ?? "") : NAMES[kind](draft);
  const { spec, ...items } = makingOf(kind, draft, schema);
  return { ...jobOf(form, spec, called), ...items };
}

// What is handed over beside the request; null where nothing is.
export const fileOf = (draft) => (draft.from === "file" && !draft.earlier ? draft.file : null);

// What a spec cannot be without.
const NEEDED = { train: ["name"], classify: ["model"] };

export function isReady(kind, draft, schema) {
  const lacks = (NEEDED[kind] ?? []).some((name) => (draft.values[name] ?? "").trim() === "");
  if (lacks) return false;
  if (draft.earlier) return true;
  if (draft.from === "file") return draft.file !== null;
  if (draft.from === "folders") return foldersOf(draft).length > 0;
  if (kind === "crawl" && draft.source.name === AGAIN) return draft.since !== "";
  return MAKING[kind](draft, schema).items.length > 0;
}
