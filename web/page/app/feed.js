// Keeps the desk true: by the stream while it lives, by a poll every 3 s while it does not, and
// back by itself. Says in `link` how things stand, for the trust line.
//
// `link.mode`: connecting | live | polling | offline | gone (there is no such desk for us).
import { signal } from "../vendor/signals.js";
import { StreamSocket } from "./socket.js";
import { onWake } from "./wake.js";

export const POLL_MS = 3000;
const BACKOFF_MS = 1000;
const BACKOFF_MAX_MS = 30000;

// Nobody is at home for us under this address, however often we ask.
const FINAL = new Set([401, 403, 404, 421]);

export class Feed {
  #api;
  #desk;
  #socket = null; // written by #connect and #onClose
  #polling = false; // a poll is under way
  #beginning = true; // until the socket was asked for; written by #begin
  #pollTimer = null;
  #connectTimer = null;
  #backoffMs = BACKOFF_MS;

  constructor(api, desk) {
    this.#api = api;
    this.#desk = desk;
    this.link = signal({ mode: "connecting", since: Date.now(), code: null });
    this.heardAt = signal(null);
  }

  start() {
    onWake(() => this.#hurry());
    this.#begin();
  }

  // The snapshot first, which comes compressed; the socket goes on from there.
  async #begin() {
    await this.#poll();
    this.#beginning = false;
    if (this.link.peek().mode !== "gone") this.#connect();
  }

  #set(mode, code = null) {
    const { mode: before, since, code: codeBefore } = this.link.peek();
    if (mode === before && code === codeBefore) return;
    this.link.value = { mode, since: mode === before ? since : Date.now(), code };
  }

  #heard(mode) {
    this.heardAt.value = Date.now();
    this.#set(mode);
  }

  // The user looks again, or the network is back: no reason to sit out a back-off. A socket that is
  // there may have died in a sleep and not know it: the truth is asked for beside it, at once, and
  // it has to prove that it lives.
  #hurry() {
    if (this.link.peek().mode === "gone") return;
    if (this.#socket === null) this.#connect();
    else this.#socket.prove();
    this.#poll();
  }

  #connect() {
    clearTimeout(this.#connectTimer);
    if (this.#socket !== null) return;
    this.#socket = new StreamSocket(this.#api.streamAddress(this.#desk.revision), {
      onOpen: () => this.#onOpen(),
      onFrame: (frame) => this.#onFrame(frame),
      onClose: () => this.#onClose(),
    });
  }

  #onOpen() {
    clearTimeout(this.#pollTimer);
    this.#backoffMs = BACKOFF_MS;
    this.#heard("live");
  }

  #onFrame(frame) {
    this.#heard("live");
    if (frame.type === "snapshot") this.#desk.applySnapshot(frame);
    else if (frame.type === "delta") this.#desk.applyDelta(frame);
    else if (frame.type === "status") this.#desk.applyStatus(frame);
  }

  #onClose() {
    this.#socket = null;
    if (this.link.peek().mode === "gone") return;
    if (this.link.peek().mode === "live") this.#set("connecting");
    const waitMs = this.#backoffMs * (0.5 + Math.random() / 2);
    this.#backoffMs = Math.min(this.#backoffMs * 2, BACKOFF_MAX_MS);
    this.#connectTimer = setTimeout(() => this.#connect(), waitMs);
    this.#poll();
  }

  #isLive() {
    return this.link.peek().mode === "live" && this.#socket !== null;
  }

  async #poll() {
    clearTimeout(this.#pollTimer);
    if (this.#polling) return;
    this.#polling = true;
    const asked = this.#desk.revision;
    try {
      this.#onAnswer(await this.#api.snapshot(asked), asked);
    } catch (error) {
      this.#onFailure(error);
    } finally {
      this.#polling = false;
    }
    if (this.#isLive() || this.link.peek().mode === "gone") return;
    this.#pollTimer = setTimeout(() => this.#poll(), POLL_MS);
  }

  // Frames that came while the poll was under way are newer than its answer.
  #onAnswer(snapshot, asked) {
    const overtaken = this.#desk.revision !== asked && this.#desk.revision > snapshot?.revision;
    if (snapshot !== null && !overtaken) this.#desk.applySnapshot(snapshot);
    if (this.#isLive()) return;
    const { mode } = this.link.peek();
    // How the page goes on hearing of the desk is not known yet.
    this.#heard(this.#beginning ? mode : "polling");
    const wasOffline = mode === "offline";
    if (wasOffline) this.#connect();
  }

  #onFailure(error) {
    if (this.#isLive()) return;
    if (FINAL.has(error.status)) {
      clearTimeout(this.#connectTimer);
      this.#set("gone", error.code);
      this.#socket?.close();
    } else if (error.code) {
      this.#set("offline", error.code);
    } else {
      throw error;
    }
  }
}
