// Asks about once a second what the server's browser shows, as long as it is wanted and the tab is
// looked at. Made by the live view for one job and item, and stopped with it.

const EVERY_MS = 1000;
const AFTER_SILENCE_MS = 3000;

export class Live {
  #api;
  #jobId;
  #item;
  #handlers;
  #timer = null; // the next question; written by #again and #wake
  #stopped = false;
  #asking = false;
  #onVisible = () => this.#wake();

  // `handlers`: `onPicture(bitmap, item)`, and `onNothing("nothing" | "silent")`.
  constructor(api, jobId, item, handlers) {
    this.#api = api;
    this.#jobId = jobId;
    this.#item = item;
    this.#handlers = handlers;
  }

  start() {
    document.addEventListener("visibilitychange", this.#onVisible);
    this.#wake();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#onVisible);
  }

  // A hidden tab asks nothing; the server then takes no pictures.
  #wake() {
    clearTimeout(this.#timer);
    if (!document.hidden && !this.#stopped && !this.#asking) this.#ask();
  }

  #again(afterMs) {
    this.#timer = setTimeout(() => this.#wake(), afterMs);
  }

  async #ask() {
    this.#asking = true;
    let waitMs = EVERY_MS;
    try {
      await this.#askOnce();
    } catch (error) {
      if (!error.code) throw error;
      waitMs = AFTER_SILENCE_MS;
      if (!this.#stopped) this.#handlers.onNothing("silent");
    } finally {
      this.#asking = false;
    }
    if (!this.#stopped) this.#again(waitMs);
  }

  async #askOnce() {
    const frame = await this.#api.liveFrame(this.#jobId, this.#item);
    const bitmap = frame && (await createImageBitmap(frame.picture));
    if (this.#stopped) bitmap?.close();
    else if (bitmap === null) this.#handlers.onNothing("nothing");
    else {
      this.#handlers.onPicture(bitmap, frame.item);
      bitmap.close();
    }
  }
}
