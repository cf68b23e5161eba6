// A long list that the server pages: holds what was seen of it, fetches what comes into sight.
// Made by a tab for one query, and dropped with it.
import { signal } from "../vendor/signals.js";

export const PAGE = 100;

export class Pages {
  #fetchPage; // (offset, limit) -> {items, total}
  #pages = new Map(); // page number -> items; written by #load
  #loading = new Map(); // page number under way -> whether it must be fetched once more; #load

  constructor(fetchPage) {
    this.#fetchPage = fetchPage;
    this.total = signal(null);
    this.version = signal(0);
    this.error = signal(null);
  }

  at(index) {
    return this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE] ?? null;
  }

  // All rows that are here now.
  seen() {
    return [...this.#pages.values()].flat();
  }

  // Fetches the pages of rows [first, last) that are not here yet.
  want(first, last) {
    for (const page of this.#span(first, last)) {
      if (!this.#pages.has(page) && !this.#loading.has(page)) this.#load(page);
    }
  }

  // The list may have changed: what is in sight is fetched again, the rest when it is seen.
  refresh(first, last) {
    const inSight = new Set(this.#span(first, last));
    for (const page of this.#pages.keys()) if (!inSight.has(page)) this.#pages.delete(page);
    for (const page of inSight) this.#load(page);
  }

  #span(first, last) {
    const from = Math.floor(first / PAGE);
    const to = Math.floor(Math.max(first, last - 1) / PAGE);
    return Array.from({ length: to - from + 1 }, (_, at) => from + at);
  }

  async #load(page) {
    if (this.#loading.has(page)) {
      this.#loading.set(page, true); // what is under way may have been read too early
      return;
    }
    let again = true;
    while (again) {
      this.#loading.set(page, false);
      await this.#loadOnce(page);
      again = this.#loading.get(page);
    }
    this.#loading.delete(page);
  }

  async #loadOnce(page) {
    try {
      const { items, total } = await this.#fetchPage(page * PAGE, PAGE);
      this.#pages.set(page, items);
      this.total.value = total;
      this.error.value = null;
    } catch (error) {
      if (!error.code) throw error;
      this.error.value = error;
    }
    this.version.value += 1;
  }
}
