// The head of the operator's page: what this is, how fresh it is, where else to look.
import { html } from "../html.js";
import { now } from "../now.js";
import { LANGUAGES, ago, choose, clock, language, t } from "../words.js";

const FRESH_MS = 4000;

function Freshness({ house }) {
  const heardAt = house.heardAt.value;
  if (heardAt === null) return null;
  if (house.lost.value)
    return html`<span class="link offline num"><i class="dot"></i>${t("operator.since", { time: clock(heardAt) })}</span>`;
  const late = now.value - heardAt > FRESH_MS;
  return html`<span class="link num ${late ? "late" : "live"}"><i class="dot"></i>
    ${late ? t("operator.updated", { ago: ago(heardAt, now.value) }) : t("operator.live")}</span>`;
}

export function Head({ api, house }) {
  return html`
    <header class="top">
      <h1>Nightdesk <span class="role">${t("operator.title")}</span></h1>
      <${Freshness} house=${house} />
      <nav aria-label=${t("operator.links")}>
        <a href="/metrics">${t("operator.metrics")}</a>
        <a href="/readyz">${t("operator.ready")}</a>
        <a href="/docs">${t("operator.docs")}</a>
      </nav>
      <span class="languages" role="group" aria-label=${t("language")}>
        ${LANGUAGES.map(
          ([code, name]) => html`<button type="button" key=${code} lang=${code}
            aria-pressed=${language.value === code}
            onClick=${() => choose(code).catch(() => null)}>${name}</button>`,
        )}
      </span>
      ${
        api.entered.value &&
        html`<button type="button" class="button small-button" onClick=${() => api.leave()}>
          ${t("operator.leave")}</button>`
      }
    </header>`;
}
