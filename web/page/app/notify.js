// The browser's own notifications when a job has ended: only where the user switched them on, and
// only while nobody looks. `state`: off | on | denied | missing (this browser, or an address that
// is not secure, has none).
import { effect, signal } from "../vendor/signals.js";
import { isOver } from "./job.js";
import { t } from "./words.js";
import { visibleLine } from "./visible.js";

const STORE_KEY = "nightdesk.notify";
const ON = "on";

const isThere = () => "Notification" in window && window.isSecureContext;

// Storage is refused in some private windows; the choice then lasts as long as the page.
function stored() {
  try {
    return window.localStorage.getItem(STORE_KEY);
  } catch {
    return null;
  }
}

function store(value) {
  try {
    window.localStorage.setItem(STORE_KEY, value);
  } catch {
    // See above.
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

  constructor(route) {
    this.#route = route;
    this.state = signal(stateNow(stored() === ON));
  }

  start(desk) {
    // The newest truth, shown or not: what is hidden is not committed.
    effect(() => this.#look(desk.heard.value, desk));
  }

  // From a click: the browser asks now, and never by itself.
  async toggle() {
    if (this.state.peek() === "on") {
      store("");
      this.state.value = "off";
      return;
    }
    if (isThere() && Notification.permission === "default") await Notification.requestPermission();
    this.state.value = stateNow(true);
    if (this.state.peek() === "on") store(ON);
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
    const shown = new Notification(visibleLine(job.name), said);
    shown.onclick = () => {
      window.focus();
      this.#route.go(this.#route.toJob(job.id));
      shown.close();
    };
  }
}
