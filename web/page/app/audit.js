// Who did what to the desk, as the page holds it: the newest part first, more on demand.
import { signal } from "../vendor/signals.js";

const WINDOW_BYTES = 32 * 1024;
const END = Number.MAX_SAFE_INTEGER;

export class AuditTrail {
  #api;
  #from = END; // the offset from which on lines are held; written by `#show`, as is the next one
  #next = END; // the offset to go on from
  #last = Promise.resolve(); // what was asked for last; written by `#inTurn`
  #waiting = new Set(); // what is asked for and has not begun; written by `#inTurn`

  constructor(api) {
    this.#api = api;
    this.lines = signal(null); // oldest first; null until the server has answered
    this.earlier = signal(false); // whether there is more before them
    this.error = signal(null);
  }

  // What came since the last time; at first, the newest part.
  read() {
    return this.#inTurn("news", async () => {
      const known = this.lines.peek();
      if (known === null) await this.#readWindow();
      else this.#show(known, await this.#readOn(this.#next));
    });
  }

  // All anew from further back: what is shown stays until that is there.
  readEarlier() {
    return this.#inTurn("earlier", () => this.#readWindow());
  }

  // One after the other, as each begins where the one before it has come to. What waits already is
  // not asked for twice; what is under way may have missed the newest lines, so it is once more.
  #inTurn(what, work) {
    if (this.#waiting.has(what)) return this.#last;
    this.#waiting.add(what);
    const turn = this.#last.then(() => {
      this.#waiting.delete(what);
      return this.#tried(work);
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #tried(work) {
    try {
      await work();
      this.error.value = null;
    } catch (error) {
      if (!error.code) throw error;
      this.error.value = error;
    }
  }

  async #readWindow() {
    const { start, size } = await this.#api.audit(END);
    const from = Math.max(start, Math.min(this.#from, size) - WINDOW_BYTES);
    const found = await this.#readOn(from);
    this.#from = from;
    this.#show([], found);
    this.earlier.value = from > start;
  }

  // Nothing is held of what has failed half-way, so that it can be asked for again.
  #show(known, { lines, next }) {
    this.#next = next;
    this.lines.value = [...known, ...lines];
  }

  async #readOn(from) {
    const found = { lines: [], next: from };
    for (;;) {
      const { lines, next, size } = await this.#api.audit(found.next);
      const moved = next > found.next;
      found.next = next;
      found.lines.push(...lines);
      if (!moved || next >= size) return found;
    }
  }
}
