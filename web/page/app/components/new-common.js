// What every form of a new job has besides what its kind asks: the name, when it is to run, how
// urgent it is, what the server thinks of it, and the buttons.
import { useState } from "../../vendor/hooks.js";
import { ApiError } from "../api.js";
import { html } from "../html.js";
import { EMPTY, mayBeScheduled } from "../new-job.js";
import { usePage } from "../page.js";
import { useKey } from "../request-key.js";
import { t } from "../words.js";
import { FormError } from "./form-error.js";
import { KindField } from "./kind-field.js";
import { OriginNote } from "./new-again.js";
import { Estimate } from "./new-estimate.js";
import { PaneHead } from "./parts.js";
import { ScheduleFields } from "./schedule-fields.js";

// Hands the job over; `onMade` empties the form. `[busy, submit(job, file)]`.
export function useSubmit(onMade, setError) {
  const { actions, route, view } = usePage();
  const [busy, setBusy] = useState(false);
  const keyFor = useKey();
  const submit = async (job, file = null) => {
    setBusy(true);
    setError(null);
    try {
      const key = keyFor(JSON.stringify([job, file?.name, file?.size, file?.lastModified]));
      const made = await actions.create(job, file, key);
      onMade();
      view.draft.value = { ...EMPTY, kind: job.kind };
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
export function Refusal({ error, apart, find, of = null }) {
  if (!error) return null;
  const { message, code, details, status } = error;
  const isShown = Object.keys(apart.reasons).length > 0;
  if (isShown && apart.rest.length === 0)
    return html`<p class="wrong" role="alert">${t("form.wrong")}</p>`;
  const errors = apart.rest;
  // What stands at its field is not told again, nor counted.
  const said = (details.errors?.length ?? 0) - errors.length;
  const left = { ...details, errors, error_count: (details.error_count ?? said) - said };
  const rest = new ApiError(status, { code, message, details: left });
  return html`<${FormError} error=${isShown ? rest : error} find=${find} of=${of} />`;
}

function Priority({ form, change }) {
  const typed = ({ currentTarget: { value, valueAsNumber } }) =>
    change({ priority: value === "" ? "" : valueAsNumber });
  return html`<label class="field priority"><span>${t("new.priority")}</span>
    <input type="number" name="priority" min="-100" max="100" step="1" placeholder="0"
      value=${form.priority} onInput=${typed} /><small>${t("new.priority.note")}</small></label>`;
}

export function Common({ form, change, hint = t("new.name.hint") }) {
  const schedule = (part) => change({ schedule: { ...form.schedule, ...part } });
  return html`<div class="pair common"><label class="field"><span>${t("new.name")}</span>
      <input type="text" name="name" maxlength="200" placeholder=${hint} value=${form.name}
        onInput=${(event) => change({ name: event.currentTarget.value })} /></label>
    <${Priority} form=${form} change=${change} /></div>
    ${
      mayBeScheduled(form.kind) &&
      html`<${ScheduleFields} schedule=${form.schedule} change=${schedule} />`
    }`;
}

const NOWHERE = () => undefined;

// The frame of the form: `onStart(start)` is told which button was pressed. `word` is that of the
// first one. `find` gives the line that something wrong stands on. `lack` says what is still to do
// where that may be out of sight.
export function NewFrame({
  form, change, ready, found, find = NOWHERE, secrets = [], word, lack = null, onStart, children, ...rest
}) {
  const isScheduled = mayBeScheduled(form.kind) && form.schedule.on;
  const onSubmit = (event) => {
    event.preventDefault();
    if (ready) onStart(event.submitter?.value !== "later");
  };
  return html`<form class="new-job workshop" onSubmit=${onSubmit} aria-label=${t("new.title")}
      ...${rest}>
    <${PaneHead} title=${t("new.title")} />
    <div class="pane-body">
      <${KindField} kind=${form.kind} onKind=${(kind) => change({ kind })} />
      <${OriginNote} origin=${form.origin} secrets=${secrets}
        onForget=${() => change({ origin: null })} />
      ${children}
    </div>
    ${lack && html`<p class="cost estimate" role="status"><span class="lacks">${lack}</span></p>`}
    <${Estimate} found=${found} isScheduled=${isScheduled} find=${find} />
    <footer class="pane-foot">
      <button type="submit" value="now" class="button primary" data-makes-job disabled=${!ready}>
        ${isScheduled ? t("schedule.run") : (word ?? t("action.start"))}</button>
      <button type="submit" value="later" class="button" disabled=${!ready}>${t("new.later")}
        </button></footer></form>`;
}
