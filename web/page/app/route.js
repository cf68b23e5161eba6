// The page's address, and nothing else: `/s/<desk>[/jobs/<job>][#tab]`.
// Written by links (`go`) and by the browser's back and forward; every component reads it.
import { signal } from "../vendor/signals.js";

const PATH = /^\/s\/([^/]+)(?:\/jobs\/([^/]+))?\/?$/;

export function parse(pathname, hash) {
  const found = PATH.exec(pathname);
  return { desk: found?.[1] ?? null, job: found?.[2] ?? null, tab: hash.slice(1) };
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
  get job() {
    return this.place.value.job;
  }
  get tab() {
    return this.place.value.tab;
  }

  home() {
    return `/s/${this.place.peek().desk}`;
  }
  toJob(id, tab = "") {
    return `${this.home()}/jobs/${id}${tab ? `#${tab}` : ""}`;
  }
  toNew() {
    return `${this.home()}#new`;
  }
  toAudit() {
    return `${this.home()}#audit`;
  }
  toDomains() {
    return `${this.home()}#domains`;
  }

  toAddress() {
    return `${this.home()}#address`;
  }
  toAddressOf(desk) {
    return `/s/${desk}#address`;
  }

  go(address) {
    window.history.pushState(null, "", address);
    this.place.value = current();
  }
}

// A click with a modifier is the browser's (new tab, download), not ours.
export const isPlainClick = (event) =>
  event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
