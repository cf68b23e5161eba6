// The settings in effect: those that somebody has set, or all of them.
import { useEffect, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { number, t } from "../words.js";
import { Table } from "./operator-table.js";

function shown(setting) {
  if (setting.secret && setting.value) return t("operator.setting.secret", { n: Number(setting.value) });
  return setting.value || "–";
}

export function Settings({ api }) {
  const [settings, setSettings] = useState(null);
  const [all, setAll] = useState(false);
  const [failed, setFailed] = useState(false);
  const read = () => {
    setFailed(false);
    api.settings().then(
      (answer) => setSettings(answer.settings),
      () => setFailed(true),
    );
  };
  useEffect(read, [api]);
  const rows = (settings ?? []).filter((one) => all || one.origin !== "default");
  return html`<section class="card settings" aria-labelledby="settings">
    <h2 id="settings">${t("operator.settings")}
      ${settings && html` <span class="num count">${number(rows.length)}</span>`}
      <button type="button" class="button small-button" aria-pressed=${all} onClick=${() => setAll(!all)}>
        ${t("operator.settings.all")}</button></h2>
    ${failed && html`<p class="wrong">${t("error.unreachable")}
      <button type="button" class="button small-button" onClick=${read}>${t("again")}</button></p>`}
    ${settings && rows.length === 0 && html`<p class="quiet">${t("operator.settings.none")}</p>`}
    ${
      rows.length > 0 &&
      html`<${Table} label=${t("operator.settings")} heads=${[t("operator.setting"), t("operator.setting.value"), t("operator.setting.origin"), t("operator.setting.default")]}>
        ${rows.map(
          (one) => html`<tr key=${one.name} class=${one.origin}><td><code>${one.flag}</code></td>
            <td><bdi>${shown(one)}</bdi></td>
            <td>${one.origin === "env" ? html`<code>${one.variable}</code>` : t(`operator.origin.${one.origin}`)}</td>
            <td><bdi>${one.default || "–"}</bdi></td></tr>`,
        )}<//>`
    }</section>`;
}
