// A new job of pictures, crawls, tags or agents: the same frame around the fields of each kind.
import { useState } from "../../vendor/hooks.js";
import { AGENT, isByLine } from "../agents.js";
import { ApiError } from "../api.js";
import { html } from "../html.js";
import { FIELDS } from "../kind-fields.js";
import { parseLines } from "../new-job.js";
import { usePage } from "../page.js";
import { useKey } from "../request-key.js";
import { EMPTY_SCHEDULE, scheduleOf } from "../schedule.js";
import {
  EMPTY_WORKSHOP, countOf, fileOf, isOfSite, isReady, takenApart, workshopRequest,
} from "../workshop.js";
import { t } from "../words.js";
import { Cost, useCost } from "./cost.js";
import { FormError } from "./form-error.js";
import { KindField } from "./kind-field.js";
import { lazy } from "./lazy.js";
import { PaneHead } from "./parts.js";
import { ScheduleFields } from "./schedule-fields.js";

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
const placesOf = (kind) =>
  new Set([...Object.keys(FIELDS[kind]), ...PLACED, ...SOURCE.map((name) => `source.${name}`)]);

// Items that are typed are found again by their line.
function lineOf(kind, draft, { index }) {
  if (kind === "crawl" && isOfSite(draft.source)) return parseLines(draft.text)[index];
  if (draft.text === undefined || (kind === AGENT && !isByLine(draft.text))) return undefined;
  const lines = draft.text.split(/\r?\n/).map((url, at) => ({ line: at + 1, url: url.trim() }));
  return lines.filter(({ url }) => url !== "")[index];
}

function useSubmit(kind, setError) {
  const { actions, route, view } = usePage();
  const [busy, setBusy] = useState(false);
  const keyFor = useKey();
  const submit = async (job, file) => {
    setBusy(true);
    setError(null);
    try {
      const key = keyFor(JSON.stringify([job, file?.name, file?.size, file?.lastModified]));
      const made = await actions.create(job, file, key);
      view.workshop.value = { ...view.workshop.peek(), [kind]: EMPTY_WORKSHOP[kind] };
      view.draft.value = { ...view.draft.peek(), name: "", schedule: EMPTY_SCHEDULE };
      route.go(route.toJob(made.id));
    } catch (error) {
      setBusy(false);
      if (!error.code) throw error;
      setError(error);
    }
  };
  return [busy, submit];
}

// What of a refusal no field shows itself; where all of it is shown, that there is something.
function Refusal({ error, apart, find, of }) {
  const { message, code, details, status } = error;
  const isShown = Object.keys(apart.reasons).length > 0;
  if (isShown && apart.rest.length === 0)
    return html`<p class="wrong" role="alert">${t("form.wrong")}</p>`;
  const errors = apart.rest;
  // What stands at its field is not told again, nor counted.
  const told = (details.errors?.length ?? 0) - errors.length;
  const left = { ...details, errors, error_count: (details.error_count ?? told) - told };
  const rest = new ApiError(status, { code, message, details: left });
  return html`<${FormError} error=${isShown ? rest : error} find=${find} of=${of} />`;
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

// `name` and `schedule` are those of the form of any job.
export function NewWorkshop({ kind, name, schedule, change: changeJob }) {
  const { draft, change, set } = useDraft(kind);
  const [error, setError] = useState(null);
  const [busy, submit] = useSubmit(kind, setError);
  const cost = useCost(kind, countOf(kind, draft) ?? 0);
  const apart = takenApart(error, placesOf(kind));
  const form = { kind, values: draft.values, reasons: apart.reasons, set };
  const ready = !busy && isReady(kind, draft) && (cost?.missing ?? 0) === 0;
  const onSubmit = (event) => {
    event.preventDefault();
    const start = event.submitter?.value !== "later";
    const job = workshopRequest(kind, draft, { name, schedule: scheduleOf(schedule), start });
    if (ready) submit(job, fileOf(draft));
  };
  const Fields = FORMS[kind];
  return html`<form class="new-job workshop" onSubmit=${onSubmit} aria-label=${t("new.title")}>
    <${PaneHead} title=${t("new.title")} />
    <div class="pane-body">
      <${KindField} kind=${kind} onKind=${(other) => changeJob({ kind: other })} />
      <${Fields} key=${kind} draft=${draft} change=${change} form=${form} />
      <label class="field"><span>${t("new.name")}</span>
        <input type="text" name="name" maxlength="200" placeholder=${t("form.name.hint")}
          value=${name} onInput=${(event) => changeJob({ name: event.currentTarget.value })} />
      </label>
      <${ScheduleFields} schedule=${schedule}
        change=${(part) => changeJob({ schedule: { ...schedule, ...part } })} />
      ${
        error &&
        html`<${Refusal} error=${error} apart=${apart} of=${kind === AGENT ? "tasks" : null}
        find=${(wrong) => lineOf(kind, draft, wrong)} />`
      }
    </div>
    <${Cost} cost=${cost} isScheduled=${schedule.on} />
    <footer class="pane-foot">
      <button type="submit" value="now" class="button primary" disabled=${!ready}>
        ${t(schedule.on ? "schedule.run" : "action.start")}</button>
      <button type="submit" value="later" class="button" disabled=${!ready}>${t("new.later")}
        </button></footer></form>`;
}
