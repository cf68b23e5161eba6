// A new job: paste addresses or give a file, and start. Everything else has a default and is
// folded.
import { useEffect, useRef, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { newKey } from "../api.js";
import { BOUNDS, DEFAULTS, parseItems, parseLines, request } from "../new-job.js";
import { usePage } from "../page.js";
import { t } from "../words.js";
import { FormError } from "./form-error.js";
import { Icon } from "./icons.js";
import { PageLink } from "./parts.js";

// One key for one request: pressing again after a lost answer repeats it, changing the form renews
// it.
function useKey() {
  const last = useRef({ form: null, key: null });
  return (form) => {
    if (last.current.form !== form) last.current = { form, key: newKey() };
    return last.current.key;
  };
}

function NumberField({ name, value, onChange }) {
  const { min, max, step } = BOUNDS[name];
  return html`
    <label class="field number"><span>${t(`new.${name}`)}</span>
      <input type="number" name=${name} required min=${min} max=${max} step=${step} value=${value}
        onInput=${(event) => onChange(name, event.currentTarget.valueAsNumber)} />
      <small>${t(`new.${name}.note`)}</small></label>`;
}

function Source({ text, file, onText, onFile }) {
  const count = parseItems(text).length;
  const field = useRef(null);
  useEffect(() => field.current?.focus(), []);
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
      <textarea name="items" rows="9" spellcheck="false" autocapitalize="off" ref=${field}
        value=${text}
        placeholder=${"https://example.com/1\nhttps://example.com/2"}
        onInput=${(event) => onText(event.currentTarget.value)}></textarea></label>
    <label class="upload"><input type="file" name="file" accept=".txt,.csv,text/plain,text/csv"
      onChange=${(event) => onFile(event.currentTarget.files[0] ?? null)} />
      <span class="button">${t("new.upload")}</span><small>${t("new.upload.note")}</small></label>`;
}

function useForm() {
  const [form, setForm] = useState({ name: "", text: "", file: null, spec: DEFAULTS });
  const change = (part) => setForm((before) => ({ ...before, ...part }));
  return [form, change];
}

function useSubmit(form, setError) {
  const { actions, route } = usePage();
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
      route.go(route.toJob(made.id));
    } catch (error) {
      setBusy(false);
      if (!error.code) throw error;
      setError(error);
    }
  };
  return [busy, submit];
}

export function NewJob() {
  const { route } = usePage();
  const [form, change] = useForm();
  const [error, setError] = useState(null);
  const [busy, submit] = useSubmit(form, setError);
  const setSpec = (name, value) => change({ spec: { ...form.spec, [name]: value } });
  const ready = !busy && (form.file !== null || parseItems(form.text).length > 0);
  const onSubmit = (event) => {
    event.preventDefault();
    if (ready) submit(event.submitter?.value !== "later");
  };
  return html`
    <form class="new-job" onSubmit=${onSubmit} aria-label=${t("new.title")}>
      <header class="pane-head"><h1>${t("new.title")}</h1>
        <${PageLink} href=${route.home()} class="icon-button" aria-label=${t("close")}>
          <${Icon} name="close" /><//></header>
      <div class="pane-body">
        <${Source} text=${form.text} file=${form.file} onText=${(text) => change({ text })}
          onFile=${(file) => change({ file })} />
        <label class="field"><span>${t("new.name")}</span>
          <input type="text" name="name" maxlength="200" placeholder=${t("new.name.hint")}
            value=${form.name}
              onInput=${(event) => change({ name: event.currentTarget.value })} /></label>
        <details><summary>${t("new.advanced")}</summary><div class="numbers">
          ${Object.keys(BOUNDS).map(
            (name) => html`<${NumberField} key=${name} name=${name}
            value=${form.spec[name]} onChange=${setSpec} />`,
          )}</div></details>
        ${error && html`<${FormError} error=${error}
          lines=${form.file ? [] : parseLines(form.text)} />`}
      </div>
      <footer class="pane-foot">
        <button type="submit" value="now" class="button primary"
          disabled=${!ready}>${t("action.start")}</button>
        <button type="submit" value="later" class="button" disabled=${!ready}>${t("new.later")}
          </button>
      </footer>
    </form>`;
}
