// A job's log as the page holds it: read on from an offset, nothing lost, counted by level.
import { signal } from "../vendor/signals.js";

export const LEVELS = ["all", "warning", "error"];
const GRAVE = new Set(["error", "critical"]);
const WORTH_A_LOOK = new Set([...GRAVE, "warning"]);

export const shows = (level, line) =>
  level === "all" || (level === "error" ? GRAVE : WORTH_A_LOOK).has(line.level);

// A failed item is logged as a warning; where nothing is graver, that is the first trouble.
export function firstTrouble(lines) {
  const grave = lines.findIndex((line) => GRAVE.has(line.level));
  return grave >= 0 ? grave : lines.findIndex((line) => WORTH_A_LOOK.has(line.level));
}

export class LogLines {
  #api;
  #jobId;
  #next = 0; // offset to read from; written by #readOnce
  #reading = false;
  #again = false; // asked for while reading: the end may have moved since

  constructor(api, jobId) {
    this.#api = api;
    this.#jobId = jobId;
    this.lines = signal([]);
    this.error = signal(null);
  }

  // Reads to the present end. A call while one is under way makes that one look once more.
  async read() {
    this.#again = true;
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#again) {
        this.#again = false;
        while (await this.#readOnce());
      }
      this.error.value = null;
    } catch (error) {
      if (!error.code) throw error;
      this.error.value = error;
    } finally {
      this.#reading = false;
    }
  }

  async #readOnce() {
    const { lines, next, size } = await this.#api.log(this.#jobId, this.#next);
    const startedAnew = size < this.#next; // the file was begun again under us
    const moved = next !== this.#next;
    this.#next = startedAnew ? 0 : next;
    if (startedAnew) this.lines.value = [];
    else if (lines.length > 0) this.lines.value = [...this.lines.peek(), ...lines];
    return startedAnew || (moved && next < size);
  }
}
