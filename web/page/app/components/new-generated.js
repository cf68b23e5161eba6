// The form of a kind that has none of its own: made of what the server says of the kind. A kind that
// says nothing is asked for in JSON.
import { useState } from "../../vendor/hooks.js";
import { lacking, namesOf, partsOf, takenApart } from "../forms.js";
import { html } from "../html.js";
import { NO_ITEMS, countOf, emptyOf, parseLines, request } from "../new-job.js";
import { usePage } from "../page.js";
import { t } from "../words.js";
import { Common, NewFrame, Refusal, useSubmit } from "./new-common.js";
import { isAffordable, useOutline } from "./new-estimate.js";
import { NewItems } from "./new-items.js";
import { Folded, SpecParts } from "./spec-field.js";

const ANYTHING = { properties: { json: { type: "object" } } };

function pathsOf(schema, path = "") {
  return Object.entries(schema.properties).flatMap(([name, field]) => [
    path + name,
    ...(field.properties ? pathsOf(field, `${path}${name}.`) : []),
  ]);
}

function Fields({ form }) {
  const { main, more } = namesOf(form.schema);
  return html`<${SpecParts} names=${main} form=${form} />
    ${
      more.length > 0 &&
      html`<${Folded} title=${t("form.more")} form=${form} ...${partsOf(form.schema, more)} />`
    }`;
}

function useDraft(kind) {
  const { view } = usePage();
  const draft = { ...(view.drafts.value[kind] ?? emptyOf(kind)), ...view.items.value };
  const change = ({ text, file, ...part }) => {
    if (text !== undefined) view.items.value = { ...view.items.peek(), text };
    if (file !== undefined) view.items.value = { ...view.items.peek(), file };
    const all = view.drafts.peek();
    view.drafts.value = { ...all, [kind]: { ...(all[kind] ?? emptyOf(kind)), ...part } };
  };
  const set = (name, value) => {
    const { values } = view.drafts.peek()[kind] ?? emptyOf(kind);
    change({ values: { ...values, [name]: value } });
  };
  const empty = () => {
    const { [kind]: _, ...others } = view.drafts.peek();
    view.drafts.value = others;
    view.items.value = NO_ITEMS;
  };
  return { draft, change, set, empty };
}

// `form` and `change` are those of the form of any job.
export function NewGenerated({ entry, form, change: changeJob }) {
  const { kind } = entry;
  const { draft, change, set, empty } = useDraft(kind);
  const [error, setError] = useState(null);
  const [busy, submit] = useSubmit(empty, setError);
  const schema = entry.spec ?? ANYTHING;
  const isWhole = (draft.file !== null || countOf(draft) > 0) && lacking(schema, draft.values).length === 0;
  const job = isWhole ? request(form, draft, entry.spec) : null;
  const found = useOutline(job, draft.file);
  const apart = takenApart(error, new Set(pathsOf(schema)));
  const { values, before } = draft;
  const fields = { kind, schema, values, before, reasons: apart.reasons, set, package: entry.package };
  const ready = !busy && isWhole && isAffordable(found);
  const lines = parseLines(draft.text);
  const find = (wrong) => (draft.file || draft.earlier ? undefined : lines[wrong.index]);
  const onStart = (start) => submit({ ...job, start }, draft.file);
  return html`<${NewFrame} form=${form} change=${changeJob} ready=${ready} found=${found}
      find=${find} secrets=${draft.secrets} onStart=${onStart}>
    <${NewItems} entry=${entry} draft=${draft} change=${change} />
    <${Fields} form=${fields} />
    <${Common} form=${form} change=${changeJob} />
    <${Refusal} error=${error} apart=${apart} find=${find} /><//>`;
}
