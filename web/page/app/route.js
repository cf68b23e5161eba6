// The page's address, and nothing else: `/s/<desk>[/jobs/<job> | /journeys][#tab]`. The tab of the
// journeys is the one that is open. `/v/<link>[/jobs/<job>]` is the same for whoever may only look.
// Written by links (`go`) and by the browser's back and forward; every component reads it.
import { signal } from "../vendor/signals.js";

const PATH = /^\/(s|v)\/([^/]+)(?:\/jobs\/([^/]+)|\/(journeys))?\/?$/;

export function parse(pathname, hash) {
  const found = PATH.exec(pathname);
  const [, root, desk = null, job = null, journeys] = found ?? [];
  const isShared = root === "v";
  const [tab, query = ""] = hash.slice(1).split("?");
  return { desk, job, isShared, journeys: journeys !== undefined, tab, query };
}

const current = () => parse(window.location.pathname, window.location.hash);

export class Route {
  constructor() {
    this.place = signal(current());
    const reread = () => {
      this.place.value = current();
    };
    window.addEventListener("popstate", reread);
    window.addEventListener("hashchange", reread);
  }

  get desk() {
    return this.place.value.desk;
  }
  get isShared() {
    return this.place.value.isShared;
  }
  get job() {
    return this.place.value.job;
  }
  get journeys() {
    return this.place.value.journeys;
  }
  // What stands behind a question mark in the place of the tab: `#items?status=failed`.
  get query() {
    return this.place.value.query;
  }
  get tab() {
    return this.place.value.tab;
  }

  home() {
    const { desk, isShared } = this.place.peek();
    return `/${isShared ? "v" : "s"}/${desk}`;
  }
  toJob(id, tab = "") {
    return `${this.home()}/jobs/${id}${tab ? `#${tab}` : ""}`;
  }
  toJourneys() {
    return `${this.home()}/journeys`;
  }
  toJourney(draft) {
    return `${this.toJourneys()}#${draft.id ?? draft.key}`;
  }
  toNew() {
    return `${this.home()}#new`;
  }
  toHow() {
    return `${this.home()}#how`;
  }
  toAudit() {
    return `${this.home()}#audit`;
  }
  toDomains() {
    return `${this.home()}#domains`;
  }
  toProxies() {
    return `${this.home()}#proxies`;
  }
  toWebhooks() {
    return `${this.home()}#webhooks`;
  }
  toLibrary() {
    return `${this.home()}#library`;
  }
  toWorkshop() {
    return `${this.home()}#workshop`;
  }
  toTab() {
    return `${this.home()}#tab`;
  }
  toTokens() {
    return `${this.home()}#tokens`;
  }

  toAddress() {
    return `${this.home()}#address`;
  }
  toAddressOf(desk) {
    return `/s/${desk}#address`;
  }

  // The same place by a better name: back does not lead to the old one.
  rename(address) {
    window.history.replaceState(null, "", address);
    this.place.value = current();
  }

  go(address) {
    window.history.pushState(null, "", address);
    this.place.value = current();
  }
}

// A click with a modifier is the browser's (new tab, download), not ours.
export const isPlainClick = (event) =>
  event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
