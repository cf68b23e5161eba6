// What went wrong (until dismissed), what the desk has to say about itself, and the quiet voice.
import { html } from "../html.js";
import { explain } from "../notices.js";
import { usePage } from "../page.js";
import { bytes, fullTime, t } from "../words.js";
import { Icon } from "./icons.js";

function Notice({ notice }) {
  const { notices } = usePage();
  const { what, todo, detail, code } = explain(notice.error);
  const dismiss = () => notices.dismiss(notice.id);
  const again = () => {
    dismiss();
    notice.again();
  };
  return html`
    <div class="notice">
      <div><p><b><bdi>${what}</bdi></b> <bdi class="subject">${notice.subject}</bdi></p>
        <p>${todo}</p>
        <p class="small">${detail && html`<bdi>${detail}</bdi> · `}<code>${code}</code></p></div>
      ${
        notice.again &&
        html`<button type="button" class="button" onClick=${again}>${t("again")}
        </button>`
      }
      <button type="button" class="icon-button" aria-label=${t("close")} onClick=${dismiss}>
        <${Icon} name="close" /></button>
    </div>`;
}

export function Notices() {
  const { notices } = usePage();
  return html`
    <div class="notices" role="alert">
      ${notices.shown.value.map((notice) => html`<${Notice} key=${notice.id} notice=${notice} />`)}
    </div>
    <div class="unseen" role="status" aria-live="polite">${notices.said.value}</div>`;
}

// Of what a desk may keep: from here on its user should know.
const NEARLY_FULL = 0.8;

function Disk() {
  const { used_bytes: used, limit_bytes: limit } = usePage().desk.disk.value ?? {};
  if (!limit || used < NEARLY_FULL * limit) return null;
  const share = Math.floor((100 * used) / limit);
  const said = t("banner.disk", { used: bytes(used), limit: bytes(limit), share });
  return html`<p class="banner" role="status">${said}</p>`;
}

export function Banner() {
  return html`<${Trouble} /><${Disk} />`;
}

function Trouble() {
  const { actions, desk } = usePage();
  const { restored, read_only: readOnly } = desk.flags.value;
  if (readOnly) return html`<p class="banner" role="status">${t("banner.read_only")}</p>`;
  if (!restored) return null;
  const at = restored.at ? fullTime(restored.at) : "–";
  return html`<p class="banner" role="status">${t("banner.restored", { time: at })}
    <button type="button" class="button" onClick=${() => actions.acknowledge()}>
      ${t("banner.go_on")}</button></p>`;
}
