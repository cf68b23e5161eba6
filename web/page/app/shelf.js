// A list of what the desk keeps of one kind: presets, characters or models. Each change is made on
// the server first, and what it answers is what is shown. Written by its own methods.
import { signal } from "../vendor/signals.js";

const byName = (one, other) => one.name.localeCompare(other.name);

export class Shelf {
  #list; // () -> all entries, as the server has them
  #remove; // id -> done

  constructor({ list, remove }) {
    this.#list = list;
    this.#remove = remove;
    this.entries = signal(null); // null until the server has said what they are
    this.trouble = signal(null); // why they could not be read
  }

  async read() {
    try {
      this.entries.value = (await this.#list()).sort(byName);
      this.trouble.value = null;
    } catch (error) {
      if (!error.code) throw error;
      this.trouble.value = error;
    }
  }

  // What the server answers of an entry that was made or changed.
  put(entry) {
    const others = (this.entries.peek() ?? []).filter(({ id }) => id !== entry.id);
    this.entries.value = [...others, entry].sort(byName);
    return entry;
  }

  async remove({ id }) {
    try {
      await this.#remove(id);
    } catch (error) {
      // Deleted by another tab: it is gone, which is what was wanted.
      if (error.status !== 404) throw error;
    }
    this.entries.value = this.entries.peek().filter((entry) => entry.id !== id);
  }
}
