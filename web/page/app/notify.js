// The browser's own notifications when a job has ended: only where the user switched them on, and
// only while nobody looks. `state`: off | on | denied | missing (this browser, or an address that
// is not secure, has none).
import { effect, signal } from "../vendor/signals.js";
import { isOver } from "./job.js";
import { t } from "./words.js";
import { visibleLine } from "./visible.js";

// A switch for each desk, without its key: a short number stands for that.
const STORE_KEY = "nightdesk.notify";
const ON = "on";

const isThere = () => "Notification" in window && window.isSecureContext;

function storeKeyOf(desk) {
  let hash = 0x811c9dc5;
  for (const char of desk) hash = Math.imul(hash ^ char.codePointAt(0), 0x01000193) >>> 0;
  return `${STORE_KEY}.${hash.toString(36)}`;
}

// Storage is refused in some private windows; the choice then lasts as long as the page.
function stored(key) {
  try {
    return window.localStorage.getItem(key);
  } catch {
    return null;
  }
}

function store(key, value) {
  try {
    window.localStorage.setItem(key, value);
  } catch {
    // See above.
  }
}

// Browsers of phones have them for workers alone, and say so only when one is made.
function tryToTell(title, options) {
  try {
    return new Notification(title, options);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function stateNow(wanted) {
  if (!isThere()) return "missing";
  if (Notification.permission === "denied") return "denied";
  return wanted && Notification.permission === "granted" ? "on" : "off";
}

// By the page's own build, as its modules are.
const ICON = new URL("../icon.svg", import.meta.url).href;

export class Notifier {
  #known = null; // job id -> whether it was over, as last seen; written by `#look`
  #route;
  #key;

  constructor(route) {
    this.#route = route;
    this.#key = storeKeyOf(route.place.peek().desk ?? "");
    this.state = signal(stateNow(stored(this.#key) === ON));
  }

  start(desk) {
    // The newest truth, shown or not: what is hidden is not committed.
    effect(() => this.#look(desk.heard.value, desk));
  }

  // From a click: the browser asks now, and never by itself.
  async toggle() {
    if (this.state.peek() === "on") {
      store(this.#key, "");
      this.state.value = "off";
      return;
    }
    if (isThere() && Notification.permission === "default") await Notification.requestPermission();
    this.state.value = stateNow(true);
    if (this.state.peek() === "on") store(this.#key, ON);
  }

  #look(revision, desk) {
    if (revision === null) return;
    const jobs = desk.newest();
    const before = this.#known;
    this.#known = new Map(jobs.map((job) => [job.id, isOver(job)]));
    if (before === null || this.state.peek() !== "on" || !document.hidden) return;
    for (const job of jobs) if (isOver(job) && before.get(job.id) === false) this.#show(job);
  }

  // Several tabs of a desk say the same once: the browser keeps one notification of a name.
  #show(job) {
    const { failed, total } = job.counts;
    const body = t("notify.body", { status: t(`status.${job.status}`), total, failed });
    const said = { body, tag: `${job.id} ${job.revision}`, icon: ICON };
    const shown = tryToTell(visibleLine(job.name), said);
    if (shown === null) {
      this.state.value = "missing";
      return;
    }
    shown.onclick = () => {
      window.focus();
      this.#route.go(this.#route.toJob(job.id));
      shown.close();
    };
  }
}
