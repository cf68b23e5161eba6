// How the user's own tabs are to open a list of addresses.
import { html } from "../html.js";
import { t } from "../words.js";

function Flag({ name, options, change }) {
  return html`<label class="check"><input type="checkbox" name=${name} checked=${options[name]}
    onChange=${(event) => change({ [name]: event.currentTarget.checked })} />
    <span>${t(`opener.${name}`)}<small>${t(`opener.${name}.note`)}</small></span></label>`;
}

// `change(part)` is told what has another value now.
export function TabOptions({ options, change }) {
  const typed = ({ currentTarget: { value, valueAsNumber } }) =>
    change({ failover_after_min: value === "" ? "" : valueAsNumber });
  return html`<section class="tab-options">
    <div class="checks"><${Flag} name="one_window" options=${options} change=${change} />
      <${Flag} name="sequential" options=${options} change=${change} /></div>
    <label class="field"><span>${t("opener.failover")}</span>
      <input type="number" name="failover_after_min" min="1" max="1440" step="1"
        value=${options.failover_after_min} placeholder=${t("opener.failover.never")}
        onInput=${typed} />
      <small>${t("opener.failover.note")}</small></label></section>`;
}
