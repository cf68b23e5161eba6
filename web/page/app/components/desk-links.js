// What else there is of this desk: a list beside the jobs, and behind a button where there is no
// room for one.
import { useEffect, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { number, t } from "../words.js";
import { NotifySwitch } from "./notify-switch.js";
import { PageLink } from "./parts.js";

// What may be spent, where the server has said it.
function Free() {
  const tokens = usePage().desk.tokens.value;
  return tokens && html` <span class="num">${number(tokens.free)}</span>`;
}

// `tab`: of the address that it leads to; the journeys have one of their own.
function Entry({ href, tab = null, word, children = null }) {
  const { route } = usePage();
  const current = tab === null ? route.journeys : !route.job && route.tab === tab;
  return html`<${PageLink} href=${href} aria-current=${current ? "page" : null}>
    ${t(word)}${children}<//>`;
}

function Entries() {
  const { route } = usePage();
  return html`
    <${Entry} href=${route.toJourneys()} word="journeys.open" />
    <${Entry} href=${route.toLibrary()} tab="library" word="library.open" />
    <${Entry} href=${route.toWorkshop()} tab="workshop" word="workshop.open" />
    <${Entry} href=${route.toAddress()} tab="address" word="address.open" />
    <${Entry} href=${route.toDomains()} tab="domains" word="domains.open" />
    <${Entry} href=${route.toProxies()} tab="proxies" word="proxies.open" />
    <${Entry} href=${route.toWebhooks()} tab="webhooks" word="webhooks.open" />
    <${Entry} href=${route.toTab()} tab="tab" word="opener.open" />
    <${Entry} href=${route.toTokens()} tab="tokens" word="tokens.open"><${Free} /><//>
    <${Entry} href=${route.toAudit()} tab="audit" word="audit.open" />
    <${Entry} href=${route.toHow()} tab="how" word="how.open" />`;
}

// The button, where the list is behind one; the list itself is `DeskLinks`.
export const DeskMenu = ({ open, onOpen }) => html`<button type="button" class="button desk-menu"
  aria-expanded=${open} aria-controls="desk-links" onClick=${() => onOpen(!open)}>
  ${t("desk.links")}</button>`;

export const DeskLinks = ({ open }) => html`
  <nav id="desk-links" class="desk-links ${open ? "open" : ""}" aria-labelledby="desk-links-title">
    <h2 id="desk-links-title">${t("desk.links")}</h2>
    <${Entries} /><${NotifySwitch} />
  </nav>`;

// Whether the list is open: until one of it was followed.
export function useMenu() {
  const place = usePage().route.place.value;
  const menu = useState(false);
  useEffect(() => menu[1](false), [place]);
  return menu;
}
