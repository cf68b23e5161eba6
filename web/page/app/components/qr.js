// An address as a code for the camera of a phone. It is a key: shown when it is asked for.
import { useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { deskCode } from "../sharing.js";
import { t } from "../words.js";

export const Code = ({ svg, label }) =>
  html`<img class="qr" alt=${label} width="196" height="196"
    src=${`data:image/svg+xml,${encodeURIComponent(svg)}`} />`;

export function DeskCode() {
  const { api, notices } = usePage();
  const [svg, setSvg] = useState(null);
  const show = async () => {
    try {
      setSvg((await deskCode(api)).qr);
    } catch (error) {
      if (!error.code) throw error;
      notices.error(error, { subject: t("qr.title"), again: show });
    }
  };
  const press = svg === null ? show : () => setSvg(null);
  return html`<div class="qr-box">
    <button type="button" class="button" aria-expanded=${svg !== null} onClick=${press}>
      ${t(svg === null ? "qr.show" : "qr.hide")}</button>
    ${svg !== null && html`<${Code} svg=${svg} label=${t("qr.alt")} />
      <small>${t("qr.note")}</small>`}</div>`;
}
