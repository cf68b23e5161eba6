// How the operator's WebUI is, above the form of pictures: of use, starting, away, and what to do.
// Asked every few seconds while somebody looks.
import { useEffect, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { reasonIn } from "../reasons.js";
import { useAttempt } from "../uploading.js";
import { t } from "../words.js";
import { FormError } from "./form-error.js";

const EVERY_MS = 3000;

// What the server has said last; null until it has, and where it cannot be asked.
function useWebui() {
  const { workshop } = usePage();
  const [state, setState] = useState(null);
  useEffect(() => {
    let timer = null;
    let wanted = true;
    const ask = async () => {
      clearTimeout(timer);
      if (!document.hidden) {
        const said = await workshop.webui().catch((error) => {
          if (!error.code) throw error;
          return null;
        });
        if (wanted) setState(said);
      }
      if (wanted) timer = setTimeout(ask, EVERY_MS);
    };
    ask();
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [workshop]);
  return [state, setState];
}

// Starting and ending are for those who run it; for others there is nothing to press.
function Buttons({ state, onState }) {
  const { workshop } = usePage();
  const { busy, error, attempt } = useAttempt();
  if (!state.startable || !state.may_operate) return null;
  const verb = state.managed ? "stop" : "start";
  if (verb === "start" && state.status === "external") return null;
  const act = () => attempt(async () => onState(await workshop.operateWebui(verb)));
  return html`<button type="button" class="button" disabled=${busy} onClick=${act}>
      ${t(`webui.${verb}`)}</button>
    ${error && html`<${FormError} error=${error} find=${() => undefined} />`}`;
}

const isOfUse = (state) => state.api_responding;

export function WebuiChip() {
  const [state, setState] = useWebui();
  if (state === null) return null;
  const { status, progress, reason } = state;
  const working = progress.percent > 0 && t("webui.percent", { percent: progress.percent });
  return html`<div class=${`webui ${status}`}>
    <p role="status"><span class="dot" aria-hidden="true"></span><b>${t(`webui.is.${status}`)}</b>
      ${working && html`<span class="small num">${working}</span>`}</p>
    <${Buttons} state=${state} onState=${setState} />
    ${
      !isOfUse(state) &&
      html`<p class="small">${reason && html`<bdi>${reasonIn(reason)}</bdi> `}
        ${t("webui.waits")}</p>`
    }</div>`;
}
