// This tab as a worker: the user switches it on, the desk leases it addresses, it opens them and
// says of each how that went. Which address comes when, and the pause between two, are the desk's.
//
// `mode`: off | connecting | on | blocked (the browser refuses; nothing more is taken).
import { batch, signal } from "../vendor/signals.js";
import { TabSocket } from "./tab-socket.js";

const STORE_KEY = "nightdesk.tab";
const RETRY_MS = 1000;
// So many refusals one after the other are the browser's setting and no accident: the rest of the
// list waits for a tab that may, instead of being refused address by address.
const REFUSALS = 3;
const TROUBLES_SHOWN = 200;

// Storage is refused in some private windows; the switch then lasts as long as the page.
const stored = {
  read: () => {
    try {
      return window.sessionStorage.getItem(STORE_KEY);
    } catch {
      return null;
    }
  },
  write: (value) => {
    try {
      window.sessionStorage.setItem(STORE_KEY, value);
    } catch {
      // See above.
    }
  },
};

export class TabWorker {
  #address;
  #deskId;
  #windows;
  #peers;
  #metronome = null; // ticks while the tab is on; written by #begin and #end
  #socket = null; // written by #connect and #onClose
  #retry = null; // the timer of the first attempt after a loss
  #refused = 0; // blocked one after the other

  constructor(api, deskId, windows, peers) {
    this.#address = () => api.tabAddress();
    this.#deskId = deskId;
    this.#windows = windows;
    this.#peers = peers;
    this.mode = signal("off");
    this.opened = signal(0);
    this.last = signal(null); // {url, atMs} of the newest that was opened
    this.troubles = signal([]); // [{key, url, status, error}], newest first
    this.others = peers.others;
  }

  // A reload of a tab that was on goes on with it.
  start() {
    this.#peers.start(() => this.#doing());
    if (stored.read() === this.#deskId) this.#begin();
  }

  // From a click: whether the browser permits it is tried first.
  switchOn() {
    if (!this.#windows.test()) {
      this.mode.value = "blocked";
      return false;
    }
    this.#begin();
    return true;
  }

  switchOff() {
    stored.write("");
    this.#end("off");
  }

  // From a click, which the browser always grants: what it refused before is opened now.
  openTrouble(trouble) {
    if (this.#windows.open(trouble.url, true)) this.forget(trouble);
  }

  dropTroubles() {
    this.troubles.value = [];
  }

  forget(trouble) {
    this.troubles.value = this.troubles.peek().filter((one) => one !== trouble);
  }

  get isOn() {
    return this.mode.value === "on" || this.mode.value === "connecting";
  }

  #doing() {
    return this.#metronome && { opened: this.opened.peek(), url: this.last.peek()?.url ?? null };
  }

  #begin() {
    if (this.#metronome !== null) return;
    stored.write(this.#deskId);
    this.#refused = 0;
    this.#metronome = new Worker(new URL("./metronome.js", import.meta.url));
    this.#metronome.onmessage = () => this.#beat();
    this.mode.value = "connecting";
    this.#connect();
    this.#peers.tell();
  }

  #end(mode) {
    this.#metronome?.terminate();
    this.#metronome = null;
    clearTimeout(this.#retry);
    this.mode.value = mode;
    this.#socket?.close();
    this.#peers.tell();
  }

  #beat() {
    if (this.#socket === null) this.#connect();
    else this.#socket.beat();
    this.#peers.beat();
  }

  #connect() {
    clearTimeout(this.#retry);
    if (this.#socket !== null || this.#metronome === null) return;
    this.#socket = new TabSocket(this.#address(), {
      onOpen: () => {
        this.mode.value = "on";
      },
      onLease: (lease) => this.#onLease(lease),
      onWithdrawn: () => {}, // it was opened the moment it came
      onClose: () => this.#onClose(),
    });
  }

  // The next beat tries again in any case; most losses are over sooner.
  #onClose() {
    this.#socket = null;
    if (this.#metronome === null) return;
    const wasOn = this.mode.peek() === "on";
    this.mode.value = "connecting";
    if (wasOn) this.#retry = setTimeout(() => this.#connect(), RETRY_MS);
  }

  #onLease(lease) {
    const { status, error } = this.#open(lease);
    this.#socket.answer(lease, status, error);
    if (status === "opened") this.#onOpened(lease);
    else this.#onTrouble(lease, status, error);
    this.#peers.tell();
  }

  #open({ url, new_window: inNew }) {
    // The desk leases nothing else; a script's address would run with this page's rights.
    if (!/^https?:\/\//i.test(url)) return { status: "failed", error: "is no http(s) address" };
    try {
      return { status: this.#windows.open(url, inNew) ? "opened" : "blocked", error: null };
    } catch (error) {
      // An address that this browser will not have; the desk keeps its words.
      return { status: "failed", error: String(error.message) };
    }
  }

  #onOpened({ url }) {
    this.#refused = 0;
    batch(() => {
      this.opened.value += 1;
      this.last.value = { url, atMs: Date.now() };
    });
  }

  #onTrouble({ job_id, index, url }, status, error) {
    const trouble = { key: `${job_id} ${index}`, url, status, error };
    const rest = this.troubles.peek().filter(({ key }) => key !== trouble.key);
    this.troubles.value = [trouble, ...rest].slice(0, TROUBLES_SHOWN);
    this.#refused = status === "blocked" ? this.#refused + 1 : 0;
    if (this.#refused < REFUSALS) return;
    stored.write("");
    this.#end("blocked");
  }
}
