// "Same again with changes": the form of a new job, filled in with what another job was asked for.
// What stays secret is not filled in, and named; items that are many stay with the server.
import { EMPTY_DOCUMENTS, LOCALES } from "./documents.js";
import { typedOf } from "./forms.js";
import { EMPTY, NO_ITEMS, emptyOf, textOf } from "./new-job.js";
import { rowOf } from "./presets.js";
import { EMPTY_SOURCE, EMPTY_WORKSHOP, SOURCES, WORKSHOP } from "./workshop.js";

const isText = (item) => typeof item === "string";

// The items as they are typed; null where they stay with the server.
const typedItems = ({ items }, fits) => (items !== null && items.every(fits) ? items : null);

const sourceOf = ({ name, ...rest }) => ({
  ...EMPTY_SOURCE,
  ...rest,
  ...(SOURCES.includes(name) ? { name } : { name: "other", other: name }),
});

// What each kind with an arrangement of its own makes of items and of what is no plain field.
const DRAFTS = {
  generate(asked) {
    const prompts = typedItems(asked, isText);
    const { loras = [] } = asked.spec;
    return [{ loras: loras.map(rowOf), text: prompts?.join("\n") ?? "" }, prompts !== null];
  },
  crawl(asked) {
    const seeds = typedItems(asked, isText);
    const { source } = asked.spec;
    const from = source ? { source: sourceOf(source) } : {};
    return [{ ...from, text: seeds?.join("\n") ?? "" }, seeds !== null];
  },
  tag: ofPictures,
  train: () => [{}, false],
  classify: ofPictures,
  agent(asked) {
    const tasks = typedItems(asked, () => true);
    const judge = ["judge_endpoint", "judge_model"].some((name) => asked.spec[name] !== undefined);
    const text = tasks === null ? "" : JSON.stringify({ tasks }, null, 2);
    return [{ judge, text }, tasks !== null];
  },
};

function ofPictures(asked) {
  const pictures = typedItems(asked, (item) => isText(item?.picture));
  if (pictures === null) return [{}, false];
  return [{ from: "pictures", pictures: pictures.map(({ picture }) => picture) }, true];
}

const earlierOf = (job, asked) => (asked.by_name ? { id: job.id, n: asked.items_n } : null);

function workshopDraft(job, asked, schema) {
  const values = typedOf(schema, asked.spec);
  const [own, isTyped] = DRAFTS[asked.kind](asked);
  const earlier = isTyped ? null : earlierOf(job, asked);
  const { secrets } = asked;
  return { ...EMPTY_WORKSHOP[asked.kind], values, before: values, earlier, secrets, ...own };
}

function generatedDraft(job, asked, schema) {
  const items = typedItems(asked, () => true);
  const spec = schema === null ? { json: JSON.stringify(asked.spec) } : typedOf(schema, asked.spec);
  return {
    ...emptyOf(asked.kind),
    values: spec,
    before: spec,
    earlier: items === null ? earlierOf(job, asked) : null,
    secrets: asked.secrets,
  };
}

function documentsDraft({ spec }) {
  const { templates, data_source: source = null, locale = "", ...rest } = spec;
  const known = Object.keys(EMPTY_DOCUMENTS).filter((name) => rest[name] !== undefined);
  const said = Object.fromEntries(known.map((name) => [name, rest[name]]));
  const spoken = LOCALES.includes(locale) ? locale : "";
  return { ...EMPTY_DOCUMENTS, ...said, templates, source, locale: spoken };
}

// Fills in the form of the job's kind, and opens it.
export async function openAgain({ api, kinds, route, view }, job) {
  const [asked] = await Promise.all([api.asked(job.id), kinds.read()]);
  const schema = kinds.find(asked.kind)?.spec ?? null;
  const origin = { id: job.id, name: job.name };
  const { kind, name, priority } = asked;
  view.draft.value = { ...EMPTY, kind, name, origin, priority: priority === 0 ? "" : priority };
  if (kind === "document") view.documents.value = documentsDraft(asked);
  else if (WORKSHOP.includes(kind))
    view.workshop.value = {
      ...view.workshop.peek(),
      [kind]: workshopDraft(job, asked, schema),
    };
  else {
    view.drafts.value = { ...view.drafts.peek(), [kind]: generatedDraft(job, asked, schema) };
    view.items.value = { ...NO_ITEMS, text: textOf(asked.items ?? []) };
  }
  route.go(route.toNew());
}
