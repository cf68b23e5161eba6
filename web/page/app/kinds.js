// The kinds of jobs that this server does, as it describes them: read once, when a form is first
// wanted. Written by its own methods.
import { signal } from "../vendor/signals.js";
import { withOwn } from "./forms.js";

export class Kinds {
  #load;
  #asked = null; // the question under way; written by `read`

  constructor(load) {
    this.#load = load;
    this.entries = signal(null); // null until the server has said which there are
    this.error = signal(null);
  }

  read() {
    this.#asked ??= this.#load()
      .then(
        ({ kinds }) => {
          this.entries.value = kinds.map(withOwn);
          this.error.value = null;
        },
        (error) => {
          if (!error.code) throw error;
          this.error.value = error;
        },
      )
      .finally(() => {
        this.#asked = null;
      });
    return this.#asked;
  }

  find(kind) {
    return this.entries.value?.find((one) => one.kind === kind) ?? null;
  }
}
