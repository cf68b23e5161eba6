// A new job of documents: templates, a table, what of it goes where, the names, and the first page
// as it will be.
import { useEffect, useState } from "../../vendor/hooks.js";
import {
  EMPTY_DOCUMENTS, filled, formatOf, missingOf, nameFor, patternOf, specOf, unusedOf,
  withTable,
} from "../documents.js";
import { html } from "../html.js";
import { jobOf } from "../new-job.js";
import { usePage } from "../page.js";
import { useSettled } from "../throttle.js";
import { t } from "../words.js";
import { FormatField, MakingFields, NamePattern, RowsFields } from "./document-options.js";
import { DocumentPreview } from "./document-preview.js";
import { FormError } from "./form-error.js";
import { Matching } from "./matching.js";
import { Common, NewFrame, useSubmit } from "./new-common.js";
import { isAffordable, useOutline as useEstimate } from "./new-estimate.js";
import { PageLink } from "./parts.js";
import { SourceChoice } from "./source-choice.js";
import { TemplateChoice } from "./template-choice.js";

const QUIET_MS = 400;

// The entries that are chosen, with what is found in the table and which columns fill which fields.
function useSupplies(draft) {
  const { documents, library } = usePage();
  const [matches, setMatches] = useState({});
  const [trouble, setTrouble] = useState(null);
  const known = new Map((library.templates.value ?? []).map((one) => [one.id, one]));
  const templates = draft.templates.map((id) => known.get(id)).filter(Boolean);
  const source = library.sources.value?.find(({ id }) => id === draft.source) ?? null;
  const asked = JSON.stringify([templates.map(({ id, version }) => [id, version]), source?.sha256]);
  useEffect(() => {
    if (source === null) return undefined;
    let wanted = true;
    const look = async () => {
      try {
        await library.look(source);
        const answers = await Promise.all(
          templates.map(async ({ id }) => [id, await documents.match(id, source.id)]),
        );
        if (wanted) setMatches(Object.fromEntries(answers));
        if (wanted) setTrouble(null);
      } catch (error) {
        if (!error.code) throw error;
        if (wanted) setTrouble(error);
      }
    };
    look();
    return () => {
      wanted = false;
    };
  }, [asked]);
  const columns = (source && library.found(source)?.columns) ?? [];
  const told = source && library.found(source) ? matches : {};
  return { templates, source, columns, matches: told, trouble };
}

// What the job would make, asked for when its spec has not changed for a moment: `{outline, error,
// busy}`.
function useOutline(spec, isWhole) {
  const { documents } = usePage();
  const asked = useSettled(isWhole ? JSON.stringify(spec) : null, QUIET_MS);
  const [state, setState] = useState({ outline: null, error: null, of: null });
  useEffect(() => {
    if (asked === null) return undefined;
    let wanted = true;
    const tell = (found) => wanted && setState({ ...found, of: asked });
    documents.outline(JSON.parse(asked)).then(
      (outline) => tell({ outline, error: null }),
      (error) => {
        if (!error.code) throw error;
        tell({ outline: null, error });
      },
    );
    return () => {
      wanted = false;
    };
  }, [documents, asked]);
  return { ...state, busy: isWhole && state.of !== JSON.stringify(spec) };
}

// Of a refusal, the reasons of these fields, and whether there are others.
const FIELDS = ["file_name", "filter", "limit"];
function reasonsOf(error) {
  const wrong = Array.isArray(error?.details.errors) ? error.details.errors : [];
  const named = wrong.map(({ field, reason }) => [String(field).replace(/^spec\./, ""), reason]);
  const reasons = Object.fromEntries(named.filter(([field]) => FIELDS.includes(field)));
  return { reasons, isElsewhere: Boolean(error) && Object.keys(reasons).length === 0 };
}

function Choosing({ draft, change }) {
  const { library, route } = usePage();
  const found = (id) => {
    const entry = library.sources.value?.find((one) => one.id === id);
    return entry ? library.found(entry) : null;
  };
  const onSource = (source) => change(withTable(source, found(draft.source), found(source)));
  const trouble = library.trouble.value;
  const warnings = found(draft.source)?.warnings ?? [];
  return html`<${TemplateChoice} chosen=${draft.templates}
      onChosen=${(templates) => change({ templates })} />
    <${SourceChoice} chosen=${draft.source} onChosen=${onSource} />
    ${
      warnings.length > 0 &&
      html`<ul class="warnings small">${warnings.map(
        (one) => html`<li key=${one}><bdi>${one}</bdi></li>`,
      )}</ul>`
    }
    ${trouble && html`<${FormError} error=${trouble} find=${() => undefined} />`}
    <${PageLink} href=${route.toLibrary()} class="small">${t("doc.library")}<//>`;
}

// All that can be said once there are a template and a table.
function Making({ draft, change, supplies, spec, outline }) {
  const { templates, source, columns, matches } = supplies;
  const many = templates.map(({ id }) => filled(matches[id], draft.mappings[id]));
  const onColumn = (id, field, column) =>
    change({
      mappings: { ...draft.mappings, [id]: { ...draft.mappings[id], [field]: column } },
    });
  const { reasons, isElsewhere } = reasonsOf(outline.error);
  const isShown = !outline.error && (outline.outline?.rows ?? 0) > 0;
  return html`<${Matching} templates=${templates} matches=${matches} columns=${columns}
      unused=${unusedOf(columns, many)} mappings=${draft.mappings} onColumn=${onColumn} />
    <${FormatField} templates=${templates} format=${formatOf(draft, templates)} change=${change} />
    <${NamePattern} pattern=${patternOf(draft, columns)} columns=${columns}
      reason=${reasons.file_name} outline=${outline} change=${change} />
    <${RowsFields} draft=${draft} rows=${source.rows} outline=${outline} reasons=${reasons}
      change=${change} />
    <${MakingFields} draft=${draft} change=${change} />
    ${
      isElsewhere &&
      html`<${FormError} key="outline" error=${outline.error} of="rows"
        find=${() => undefined} />`
    }
    ${
      isShown &&
      html`<${DocumentPreview} spec=${spec} templates=${templates} rows=${outline.outline.rows} />`
    }`;
}

const isMatched = ({ templates, matches }) =>
  templates.length > 0 && templates.every(({ id }) => matches[id]);

// `form` and `change` are those of the form of any job.
export function NewDocuments({ form, change: changeJob }) {
  const { library, view } = usePage();
  const draft = view.documents.value;
  const change = (part) => {
    view.documents.value = { ...view.documents.peek(), ...part };
  };
  useEffect(() => {
    library.read();
  }, [library]);
  const [error, setError] = useState(null);
  const empty = () => {
    view.documents.value = EMPTY_DOCUMENTS;
  };
  const [busy, submit] = useSubmit(empty, setError);
  const supplies = useSupplies(draft);
  const { templates, source, matches } = supplies;
  const isWhole = source !== null && isMatched(supplies);
  const spec = specOf(draft, supplies);
  const outline = useOutline(spec, isWhole && spec.format !== "");
  const count = isWhole && !outline.error ? (outline.outline?.documents ?? 0) : 0;
  const missing = isWhole
    ? templates.flatMap(({ id }) => missingOf(filled(matches[id], draft.mappings[id])))
    : [];
  const fits = missing.length === 0 || draft.missing === "blank";
  const job = count > 0 && fits ? jobOf(form, spec, nameFor(templates, source)) : null;
  const found = useEstimate(job);
  const ready = !busy && job !== null && isAffordable(found);
  return html`<${NewFrame} form=${form} change=${changeJob} ready=${ready} found=${found}
      lack=${fits ? null : t("doc.lacking", { n: missing.length })}
      word=${count > 0 ? t("doc.start", { n: count }) : null}
      onStart=${(start) => submit({ ...job, start })}>
    <${Choosing} draft=${draft} change=${change} />
    ${supplies.trouble && html`<${FormError} error=${supplies.trouble} find=${() => undefined} />`}
    ${
      isWhole &&
      html`<${Making} draft=${draft} change=${change} supplies=${supplies} spec=${spec}
        outline=${outline} />
      <${Common} form=${form} change=${changeJob} hint=${nameFor(templates, source)} />`
    }
    ${error && html`<${FormError} error=${error} of="rows" find=${() => undefined} />`}<//>`;
}
