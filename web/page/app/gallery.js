// The pictures that a job has made, as its gallery holds them: which there are, and what the job's
// outcomes say of each. Made by the gallery for one job. Written by its own methods.
import { signal } from "../vendor/signals.js";

const PICTURE = /\.(png|jpe?g|webp|gif|bmp|avif)$/i;
const PAGE = 500;
// As the server has it: more names are removed in several requests.
const MOST_NAMES = 1000;

export class Gallery {
  #api;
  #jobId;
  #outcomes = new Map(); // file -> the outcome that has it; written by #readOn
  #seen = 0; // outcomes read so far; written by #readOn

  constructor(api, jobId) {
    this.#api = api;
    this.#jobId = jobId;
    this.pictures = signal(null); // null until the server has said which there are
    this.others = signal(0); // files that are no pictures
    this.error = signal(null);
  }

  async read() {
    try {
      const { artifacts } = await this.#api.artifacts(this.#jobId);
      this.pictures.value = artifacts.filter(({ name }) => PICTURE.test(name));
      this.others.value = artifacts.length - this.pictures.value.length;
      this.error.value = null;
    } catch (error) {
      if (!error.code) throw error;
      this.error.value = error;
    }
  }

  // The outcome that a picture belongs to; null where there is none yet: a file is there before its
  // item has ended. Outcomes are read as far as is needed, and what was read is kept.
  async outcomeOf(file) {
    if (this.#outcomes.has(file)) return this.#outcomes.get(file);
    // Of items that end out of order some may have come in before what was read.
    if (this.#seen > 0) await this.#readOn(file);
    if (!this.#outcomes.has(file)) {
      this.#seen = 0;
      await this.#readOn(file);
    }
    return this.#outcomes.get(file) ?? null;
  }

  async #readOn(file) {
    for (;;) {
      const query = { status: "ok", offset: this.#seen, limit: PAGE };
      const { items, total } = await this.#api.items(this.#jobId, query);
      for (const outcome of items)
        for (const name of filesOf(outcome)) this.#outcomes.set(name, outcome);
      this.#seen += items.length;
      if (this.#outcomes.has(file) || items.length === 0 || this.#seen >= total) return;
    }
  }

  // Throws what the server refuses; what was removed until then is gone.
  async remove(names) {
    for (let from = 0; from < names.length; from += MOST_NAMES) {
      const some = names.slice(from, from + MOST_NAMES);
      await this.#api.removeFiles(this.#jobId, some);
      const gone = new Set(some);
      this.pictures.value = this.pictures.peek().filter(({ name }) => !gone.has(name));
    }
  }
}

const filesOf = ({ file, files, grids }) =>
  [...(files ?? [file]), ...(grids ?? [])].filter(Boolean);

// Where an arrow leads in a grid of that many columns; null where there is nothing.
export function stepFrom(at, key, columns, count) {
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  if (steps[key] === undefined) return null;
  const next = at + steps[key];
  return next < 0 || next >= count ? at : next;
}
