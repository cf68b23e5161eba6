// Who did what to the desk, as the page holds it: the newest part first, more on demand.
import { signal } from "../vendor/signals.js";

const WINDOW_BYTES = 32 * 1024;
const END = Number.MAX_SAFE_INTEGER;

export class AuditTrail {
  #api;
  #from = null; // the offset from which on lines are held; written by `#begin`
  #next = 0; // the offset to go on from; written by `#readOn`
  #busy = false;

  constructor(api) {
    this.#api = api;
    this.lines = signal(null); // oldest first; null until the server has answered
    this.earlier = signal(false); // whether there is more before them
    this.error = signal(null);
  }

  // What came since the last time; at first, the newest part.
  read() {
    return this.#once(async () => {
      const known = this.#from === null ? await this.#begin(END) : this.lines.peek();
      this.lines.value = await this.#readOn(known ?? []);
    });
  }

  // All anew from further back: what is shown stays until that is there.
  readEarlier() {
    return this.#once(async () => {
      this.lines.value = await this.#readOn(await this.#begin(this.#from));
    });
  }

  async #once(work) {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await work();
      this.error.value = null;
    } catch (error) {
      if (!error.code) throw error;
      this.error.value = error;
    } finally {
      this.#busy = false;
    }
  }

  async #begin(before) {
    const { start, size } = await this.#api.audit(END);
    this.#from = Math.max(start, Math.min(before, size) - WINDOW_BYTES);
    this.#next = this.#from;
    this.earlier.value = this.#from > start;
    return [];
  }

  async #readOn(known) {
    const found = [...known];
    for (;;) {
      const { lines, next, size } = await this.#api.audit(this.#next);
      const moved = next > this.#next;
      this.#next = next;
      found.push(...lines);
      if (!moved || next >= size) return found;
    }
  }
}
