// A new job: paste addresses or give a file, and start. Everything else has a default and is
// folded. Documents, pictures, crawls and tags have forms of their own.
import { useLayoutEffect, useMemo, useRef, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { BOUNDS, EMPTY, mayBeScheduled, parseLines, request } from "../new-job.js";
import { usePage } from "../page.js";
import { useKey } from "../request-key.js";
import { t } from "../words.js";
import { WORKSHOP } from "../workshop.js";
import { BrowserOptions, OptionFlag } from "./browser-options.js";
import { Cost, useCost } from "./cost.js";
import { ExtractFields } from "./extract-fields.js";
import { FormError } from "./form-error.js";
import { KindField } from "./kind-field.js";
import { lazy } from "./lazy.js";
import { PaneHead } from "./parts.js";
import { ScheduleFields } from "./schedule-fields.js";
import { TabOptions } from "./tab-options.js";

const NewDocuments = lazy(() =>
  import("./new-documents.js").then((part) => part.NewDocuments),
);
const NewWorkshop = lazy(() => import("./new-workshop.js").then((part) => part.NewWorkshop));

function NumberField({ name, value, onChange }) {
  const { min, step } = BOUNDS[name];
  return html`
    <label class="field number"><span>${t(`new.${name}`)}</span>
      <input type="number" name=${name} required min=${min} step=${step} value=${value}
        onInput=${(event) => onChange(name, event.currentTarget.valueAsNumber)} />
      <small>${t(`new.${name}.note`)}</small></label>`;
}

function Source({ text, count, file, onText, onFile }) {
  const field = useRef(null);
  // Before the next key: typed right after `n`, it belongs to this field.
  useLayoutEffect(() => field.current?.focus(), []);
  if (file) {
    return html`<div class="field"><span>${t("new.file")}</span>
      <div class="chosen-file"><bdi>${file.name}</bdi>
        <button type="button" class="button" onClick=${() => onFile(null)}>${t("new.file.remove")}
          </button>
      </div></div>`;
  }
  return html`
    <label class="field"><span>${t("new.items")}<em class="num">${t("new.count", { n: count })}
      </em></span>
      <textarea name="items" rows="9" spellcheck=${false} autocapitalize="off" ref=${field}
        value=${text}
        placeholder=${"https://example.com/1\nhttps://example.com/2"}
        onInput=${(event) => onText(event.currentTarget.value)}></textarea></label>
    <label class="upload"><input type="file" name="file" accept=".txt,.csv,.xlsx,.zip"
      onChange=${(event) => onFile(event.currentTarget.files[0] ?? null)} />
      <span class="button">${t("new.upload")}</span><small>${t("new.upload.note")}</small></label>`;
}

function useSubmit(form, setError) {
  const { actions, route, view } = usePage();
  const [busy, setBusy] = useState(false);
  const keyFor = useKey();
  const submit = async (start) => {
    setBusy(true);
    setError(null);
    try {
      const job = request({ ...form, start });
      const made = await actions.create(
        job,
        form.file,
        keyFor(JSON.stringify([job, form.file?.lastModified])),
      );
      view.draft.value = EMPTY;
      route.go(route.toJob(made.id));
    } catch (error) {
      setBusy(false);
      if (!error.code) throw error;
      setError(error);
    }
  };
  return [busy, submit];
}

// What each kind asks beyond addresses and numbers.
function KindOptions({ form, change }) {
  const part = (name) => (said) => change({ [name]: { ...form[name], ...said } });
  const schedule = html`<${ScheduleFields} schedule=${form.schedule} change=${part("schedule")} />`;
  const taken = form.extract.length > 0;
  return html`
    ${form.kind === "tab" && html`<${TabOptions} options=${form.tab} change=${part("tab")} />`}
    ${
      form.kind === "fetch" &&
      html`<details open=${taken}><summary>${t("extract.title")}</summary>
        <${ExtractFields} rules=${form.extract} onRules=${(extract) => change({ extract })} />
      </details>
      <${OptionFlag} name="proxy_pool" options=${form.ways} change=${part("ways")} />`
    }
    ${mayBeScheduled(form.kind) && schedule}`;
}

// A field that is wrong cannot be shown while it is folded away.
const unfold = (event) => {
  event.currentTarget.open = true;
};

export function NewJob() {
  const { view } = usePage();
  const form = view.draft.value;
  const change = (part) => {
    view.draft.value = { ...view.draft.peek(), ...part };
  };
  const shared = { name: form.name, schedule: form.schedule, change };
  if (form.kind === "document") return html`<${NewDocuments} ...${shared} />`;
  if (WORKSHOP.includes(form.kind))
    return html`<${NewWorkshop} key=${form.kind} kind=${form.kind} ...${shared} />`;
  return html`<${NewAddresses} form=${form} change=${change} />`;
}

function NewAddresses({ form, change }) {
  const { view } = usePage();
  const lines = useMemo(() => parseLines(form.text), [form.text]);
  const [error, setError] = useState(null);
  const [busy, submit] = useSubmit(form, setError);
  const spec = form.specs[form.kind];
  const setSpec = (name, value) =>
    change({ specs: { ...form.specs, [form.kind]: { ...spec, [name]: value } } });
  const setBrowser = (part) => change({ browser: { ...view.draft.peek().browser, ...part } });
  const browser = form.kind === "visit" && { options: form.browser, change: setBrowser };
  const isScheduled = mayBeScheduled(form.kind) && form.schedule.on;
  // How many a file holds, and what they cost, the server says.
  const cost = useCost(form.kind, form.file === null ? lines.length : 0);
  const affordable = (cost?.missing ?? 0) === 0;
  const ready = !busy && affordable && (form.file !== null || lines.length > 0);
  const onSubmit = (event) => {
    event.preventDefault();
    if (ready) submit(event.submitter?.value !== "later");
  };
  return html`
    <form class="new-job" onSubmit=${onSubmit} aria-label=${t("new.title")}>
      <${PaneHead} title=${t("new.title")} />
      <div class="pane-body">
        <${KindField} kind=${form.kind} onKind=${(kind) => change({ kind })} />
        <${Source} text=${form.text} count=${lines.length} file=${form.file}
          onText=${(text) => change({ text })}
          onFile=${(file) => change({ file })} />
        <label class="field"><span>${t("new.name")}</span>
          <input type="text" name="name" maxlength="200" placeholder=${t("new.name.hint")}
            value=${form.name}
              onInput=${(event) => change({ name: event.currentTarget.value })} /></label>
        ${
          browser &&
          html`<${OptionFlag} name="auto_generate" label=${t("new.around")} ...${browser} />`
        }
        <details onInvalidCapture=${unfold}><summary>${t("new.advanced")}</summary><div
          class="numbers">
          ${Object.keys(spec).map(
            (name) => html`<${NumberField} key=${name} name=${name}
            value=${spec[name]} onChange=${setSpec} />`,
          )}</div>${browser && html`<${BrowserOptions} ...${browser} />`}</details>
        <${KindOptions} form=${form} change=${change} />
        ${
          error &&
          html`<${FormError} error=${error}
          find=${(wrong) => (form.file ? undefined : lines[wrong.index])} />`
        }
      </div>
      ${
        form.file === null &&
        html`<${Cost} cost=${cost} isScheduled=${isScheduled} />`
      }
      <footer class="pane-foot">
        <button type="submit" value="now" class="button primary"
          disabled=${!ready}>${t(isScheduled ? "schedule.run" : "action.start")}</button>
        <button type="submit" value="later" class="button" disabled=${!ready}>${t("new.later")}
          </button>
      </footer>
    </form>`;
}
