// What a job may spend, said anew while it goes on or after it has come to its limit.
import { useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { reasonIn } from "../reasons.js";
import { t } from "../words.js";
import { Fold } from "./fold.js";

const typedOf = ({ usd, tokens }) => ({ usd: usd ?? "", tokens: tokens ?? "" });

// Empty is no limit.
const saidOf = ({ usd, tokens }) => ({
  usd: usd.trim() === "" ? null : usd.trim(),
  tokens: tokens === "" ? null : tokens,
});

// The server's reasons where it has some, else what happened.
function wordsOf(error) {
  const errors = Array.isArray(error.details?.errors) ? error.details.errors : [];
  if (errors.length === 0) return error.message;
  return errors.map(({ field, reason }) => `${field}: ${reasonIn(reason)}`).join("; ");
}

function Fields({ job, cap }) {
  const { agents, desk } = usePage();
  const [typed, setTyped] = useState(typedOf(cap));
  const [state, setState] = useState({ busy: false, error: null, done: false });
  const change = (part) => {
    setTyped({ ...typed, ...part });
    setState({ busy: false, error: null, done: false });
  };
  const onSubmit = async (event) => {
    event.preventDefault();
    setState({ busy: true, error: null, done: false });
    try {
      const answer = await agents.setCap(job.id, saidOf(typed));
      desk.applyJob(answer.job);
      setState({ busy: false, error: null, done: true });
    } catch (error) {
      if (!error.code) throw error;
      setState({ busy: false, error, done: false });
    }
  };
  return html`<form class="cap-form" onSubmit=${onSubmit}>
    <label class="field"><span>${t("spec.budget_usd")}</span>
      <input type="text" name="usd" inputmode="decimal" maxlength="22" value=${typed.usd}
        pattern="[0-9]+([.][0-9]+)?" autocomplete="off"
        onInput=${(event) => change({ usd: event.currentTarget.value })} /></label>
    <label class="field"><span>${t("spec.budget_tokens")}</span>
      <input type="number" name="tokens" min="0" step="1" value=${typed.tokens}
        onInput=${({ currentTarget: { value, valueAsNumber } }) =>
          change({ tokens: value === "" ? "" : valueAsNumber })} /></label>
    <button type="submit" class="button" disabled=${state.busy}>${t("agent.cap.set")}</button>
    <p class="small" role="status">${state.done ? t("agent.cap.is_set") : t("agent.cap.note")}</p>
    ${state.error && html`<p class="wrong" role="alert"><bdi>${wordsOf(state.error)}</bdi></p>`}
    </form>`;
}

export const CapForm = ({ job, cap }) =>
  html`<${Fold} summary=${t("agent.cap.change")}><${Fields} job=${job} cap=${cap} /><//>`;
