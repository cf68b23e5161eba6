// A new job of pictures, crawls, tags or agents: the same frame around the fields of each kind.
import { useState } from "../../vendor/hooks.js";
import { AGENT, isByLine } from "../agents.js";
import { takenApart, valuesOf } from "../forms.js";
import { html } from "../html.js";
import { parseLines } from "../new-job.js";
import { usePage } from "../page.js";
import { EMPTY_WORKSHOP, fileOf, isOfSite, isReady, workshopRequest } from "../workshop.js";
import { t } from "../words.js";
import { lazy } from "./lazy.js";
import { EarlierItems } from "./new-again.js";
import { Common, NewFrame, Refusal, useSubmit } from "./new-common.js";
import { isAffordable, useOutline } from "./new-estimate.js";

const FORMS = {
  generate: lazy(() => import("./generate-fields.js").then((part) => part.GenerateFields)),
  crawl: lazy(() => import("./crawl-fields.js").then((part) => part.CrawlFields)),
  tag: lazy(() => import("./tag-fields.js").then((part) => part.TagFields)),
  train: lazy(() => import("./learning-fields.js").then((part) => part.TrainFields)),
  classify: lazy(() => import("./learning-fields.js").then((part) => part.ClassifyFields)),
  agent: lazy(() => import("./agent-fields.js").then((part) => part.AgentFields)),
};

// What is said at a place of its own besides the fields of the spec.
const PLACED = ["loras", "input_dir", "since"];
const SOURCE = ["name", "limit", "max_images", "order", "mode", "cookie"];
const placesOf = (schema) =>
  new Set([...Object.keys(schema.properties), ...PLACED, ...SOURCE.map((name) => `source.${name}`)]);

// Items that are typed are found again by their line.
function lineOf(kind, draft, { index }) {
  if (kind === "crawl" && isOfSite(draft.source)) return parseLines(draft.text)[index];
  if (draft.text === undefined || (kind === AGENT && !isByLine(draft.text))) return undefined;
  const lines = draft.text.split(/\r?\n/).map((url, at) => ({ line: at + 1, url: url.trim() }));
  return lines.filter(({ url }) => url !== "")[index];
}

function useDraft(kind) {
  const { view } = usePage();
  const draft = view.workshop.value[kind];
  const change = (part) => {
    const all = view.workshop.peek();
    view.workshop.value = { ...all, [kind]: { ...all[kind], ...part } };
  };
  const set = (name, value) =>
    change({ values: { ...view.workshop.peek()[kind].values, [name]: value } });
  return { draft, change, set };
}

// `form` and `change` are those of the form of any job.
export function NewWorkshop({ entry, form: all, change: changeJob }) {
  const { kind, spec: schema } = entry;
  const { view } = usePage();
  const { draft, change, set } = useDraft(kind);
  const [error, setError] = useState(null);
  const empty = () => {
    view.workshop.value = { ...view.workshop.peek(), [kind]: EMPTY_WORKSHOP[kind] };
  };
  const [busy, submit] = useSubmit(empty, setError);
  const file = fileOf(draft);
  const isWhole = isReady(kind, draft, schema);
  const job = isWhole ? workshopRequest(kind, draft, schema, all) : null;
  const found = useOutline(job, file);
  const apart = takenApart(error, placesOf(schema));
  const values = valuesOf(schema, draft.values);
  const form = { kind, schema, values, before: draft.before, reasons: apart.reasons, set, package: "" };
  const ready = !busy && isWhole && isAffordable(found);
  const Fields = FORMS[kind];
  const { earlier } = draft;
  const find = (wrong) => lineOf(kind, draft, wrong);
  const items = earlier
    ? html`<${EarlierItems} earlier=${earlier} onOthers=${() => change({ earlier: null })} />`
    : null;
  return html`<${NewFrame} form=${all} change=${changeJob} ready=${ready} found=${found}
      find=${find} secrets=${draft.secrets} onStart=${(start) => submit({ ...job, start }, file)}>
    <${Fields} key=${kind} draft=${draft} change=${change} form=${form} earlier=${items} />
    <${Common} form=${all} change=${changeJob} hint=${t("form.name.hint")} />
    <${Refusal} error=${error} apart=${apart} of=${kind === AGENT ? "tasks" : null}
      find=${find} /><//>`;
}
