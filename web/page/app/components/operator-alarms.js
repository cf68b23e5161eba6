// What wants somebody's eye, above everything else; nothing where all is well.
import { alarmsOf } from "../operator-house.js";
import { html } from "../html.js";
import { t } from "../words.js";
import { StatusIcon } from "./icons.js";

const KEY_CHARS = 12;

export function Alarms({ seen }) {
  const alarms = alarmsOf(seen);
  if (alarms.length === 0 && seen.lacks.length === 0) return null;
  return html`<ul class="alarms" aria-label=${t("operator.alarms")}>
    ${alarms.map(
      ({ what, key, reason, name, n }) => html`<li key=${`${what} ${key ?? name}`}>
        <${StatusIcon} status="failed" label=${t("status.failed")} />
        <p><b>${t(`operator.alarm.${what}`, { key: key?.slice(0, KEY_CHARS), name, n })}</b>
          ${reason && html` <span lang="en"><bdi>${reason}</bdi></span>`}</p></li>`,
    )}
    ${seen.lacks.map(
      (lack) => html`<li class="lack" key=${lack}><${StatusIcon} status="paused"
        label=${t("operator.alarm.lack")} />
        <p><b>${t("operator.alarm.lack")}</b> <span lang="en"><bdi>${lack}</bdi></span></p></li>`,
    )}
  </ul>`;
}
