// Whether the browser tells when a job has ended: asked for only here.
import { html } from "../html.js";
import { usePage } from "../page.js";
import { t } from "../words.js";

export function NotifySwitch() {
  const { notifier } = usePage();
  const state = notifier.state.value;
  const isOff = state === "missing" || state === "denied";
  // What was refused is said where it was asked for, not only to those who point at it.
  const why = state === "denied" && html`<small id="notify-why">${t("notify.denied")}</small>`;
  return html`<button type="button" class="notify" aria-pressed=${state === "on"}
    aria-describedby=${why ? "notify-why" : null} disabled=${isOff} title=${t(`notify.${state}`)}
    onClick=${() => notifier.toggle()}>${t("notify.label")}</button>${why}`;
}
