// The desk's tokens as its page shows them: one page of the ledger at a time, newest first, and the
// prices and limits that come with it. Written by its own methods.
import { signal } from "../vendor/signals.js";

export const SIZE = 50;

export class LedgerView {
  #api;
  #asked = 0; // which request is the newest; written by `read`

  constructor(api) {
    this.#api = api;
    this.page = signal(1);
    this.ledger = signal(null); // the server's answer; null until there was one
    this.error = signal(null);
  }

  turn(page) {
    this.page.value = page;
    return this.read();
  }

  // An answer that was overtaken by a newer question is nothing to show.
  async read() {
    this.#asked += 1;
    const asked = this.#asked;
    try {
      const ledger = await this.#api.ledger(this.page.peek(), SIZE);
      if (asked !== this.#asked) return;
      this.ledger.value = ledger;
      this.error.value = null;
    } catch (error) {
      if (!error.code) throw error;
      if (asked === this.#asked) this.error.value = error;
    }
  }
}

export const pagesOf = (total) => Math.max(1, Math.ceil(total / SIZE));

// What a job costs before it exists: `each` a pass where it has a schedule. Null where it is free.
export function costOf(price, count, free) {
  if (!price || count === 0) return null;
  const required = price * count;
  return { price, count, required, free, missing: Math.max(0, required - free) };
}
