// Running the chosen journeys: one button, and how it is to be done.
import { useRef, useState } from "../../vendor/hooks.js";
import { newKey } from "../api.js";
import { html } from "../html.js";
import { isOver } from "../job.js";
import { usePage } from "../page.js";
import { background, requestOf } from "../run.js";
import { t } from "../words.js";
import { BrowserOptions, OptionFlag } from "./browser-options.js";
import { FormError } from "./form-error.js";

function Options() {
  const { view } = usePage();
  const options = view.options.value;
  const change = (part) => {
    view.options.value = { ...view.options.peek(), ...part };
  };
  return html`
    <div class="checks">${["auto_generate", "skip_completed"].map(
      (name) => html`<${OptionFlag} key=${name} name=${name} options=${options}
      change=${change} />`,
    )}</div>
    <details><summary>${t("run.more")}</summary>
      <${BrowserOptions} options=${options} change=${change} /></details>`;
}

// What is chosen is kept first, so that what runs is what one sees. The same request keeps its key
// until it was answered.
function useRun(setError) {
  const { actions, desk, journeys, view } = usePage();
  const [busy, setBusy] = useState(false);
  const last = useRef({ said: null, key: null });
  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      if (!(await journeys.save())) return;
      const chosen = journeys.chosen.peek();
      const places = journeys.list.peek().map(({ key }, at) => (chosen.has(key) ? at : -1));
      const body = requestOf(view.options.peek(), places.filter((at) => at >= 0));
      const said = JSON.stringify([body, background(desk.jobs.peek())?.id]);
      if (last.current.said !== said) last.current = { said, key: newKey() };
      await actions.startJourneys(body, last.current.key);
      view.options.value = { ...view.options.peek(), password: "" };
    } catch (error) {
      if (!error.code) throw error;
      setError(error);
    } finally {
      setBusy(false);
    }
  };
  return [busy, run];
}

export function RunPanel() {
  const { desk, journeys } = usePage();
  const [error, setError] = useState(null);
  const [busy, run] = useRun(setError);
  const n = journeys.chosen.value.size;
  const job = background(desk.jobs.value);
  const running = job !== null && !isOver(job);
  const onSubmit = (event) => {
    event.preventDefault();
    run();
  };
  if (n === 0)
    return running ? null : html`<p class="run-panel small">${t("run.none")}</p>`;
  return html`<form class="run-panel" aria-label=${t("run.panel")} onSubmit=${onSubmit}>
    ${!running && html`<${Options} />`}
    ${error && html`<${FormError} error=${error} find=${() => undefined} />`}
    <div class="buttons"><button type="submit" class="button primary" id="start-background-button"
      disabled=${busy || running}>${t("run.start", { n })}</button>
      ${running && html`<span class="small">${t("run.busy")}</span>`}</div></form>`;
}
