// The left side for whoever has a share link: what it is, until when, and the filters.
import { html } from "../html.js";
import { usePage } from "../page.js";
import { moment, t } from "../words.js";
import { PageLink } from "./parts.js";

export function SharedBrand() {
  const { route, shared } = usePage();
  const share = shared.value;
  return html`<div class="brand shared">
    <${PageLink} href=${route.home()} class="brand-name">Nightdesk<//>
    <span class="desk-name">${t("shared.title")}</span>
    ${share?.name && html`<b><bdi>${share.name}</bdi></b>`}
    ${
      share &&
      html`<span class="small">${t("share.until", { time: moment(share.expires_at) })}</span>`
    }</div>`;
}

// Where there is nothing to look at yet.
export const NothingShared = () =>
  html`<div class="quiet-note"><h1>${t("shared.nothing")}</h1><p>${t("shared.nothing.note")}</p></div>`;
