// A job's log as the page holds it: read on from an offset, nothing lost, told apart by level.
//
// Lines are only ever added, so what is shown of a level is a list of their numbers that grows with
// them: a log of many thousand lines costs no more for each new one than a short one.
import { signal } from "../vendor/signals.js";

export const LEVELS = ["all", "warning", "error"];
const WAIT_S = 20;
const PAUSE_MS = 1000;
const GRAVE = new Set(["error", "critical"]);
const WORTH_A_LOOK = new Set([...GRAVE, "warning"]);

export class LogLines {
  #api;
  #jobId;
  #next = 0; // offset to read from; written by #readOnce
  #reading = false;
  #again = false; // asked for while reading: the end may have moved since
  #lines = []; // written by #add and #forget, as those below
  #firstGrave = 0; // the place of the first grave line among the warnings
  #graver = { warning: [], error: [] }; // numbers of the lines that a level shows

  constructor(api, jobId) {
    this.#api = api;
    this.#jobId = jobId;
    this.version = signal(0); // goes up with every change of what is held
    this.error = signal(null);
  }

  count(level) {
    return level === "all" ? this.#lines.length : this.#graver[level].length;
  }

  // The line in that place among those that the level shows.
  at(level, place) {
    return this.#lines[level === "all" ? place : this.#graver[level][place]];
  }

  // A failed item is logged as a warning; where nothing is graver, that is the first trouble. Its
  // place among those that the level shows; -1 where there is none.
  firstTrouble(level) {
    const { warning, error } = this.#graver;
    if (error.length > 0) return { all: error[0], warning: this.#firstGrave, error: 0 }[level];
    if (warning.length === 0 || level === "error") return -1;
    return level === "all" ? warning[0] : 0;
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

  // Reads on as lines come, until `signal` says that nobody looks any more.
  async follow(signal) {
    while (!signal.aborted) {
      const before = this.#next;
      try {
        await this.#readOnce({ waitS: WAIT_S, signal });
        this.error.value = null;
      } catch (error) {
        if (!error.code) throw error;
        if (signal.aborted) return;
        this.error.value = error;
      }
      // No news, at once or after long: of a job that waits there may be none for hours.
      if (this.#next === before) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #readOnce(how = {}) {
    const from = this.#next;
    const { lines, next, size } = await this.#api.log(this.#jobId, from, how);
    if (this.#next !== from) return true; // overtaken: another one has read on meanwhile
    const startedAnew = size < from; // the file was begun again under us
    const moved = next !== from;
    this.#next = startedAnew ? 0 : next;
    if (startedAnew) this.#forget();
    else this.#add(lines);
    return startedAnew || (moved && next < size);
  }

  #add(lines) {
    if (lines.length === 0) return;
    for (const line of lines) {
      const number = this.#lines.push(line) - 1;
      const { warning, error } = this.#graver;
      if (WORTH_A_LOOK.has(line.level)) warning.push(number);
      if (!GRAVE.has(line.level)) continue;
      if (error.length === 0) this.#firstGrave = warning.length - 1;
      error.push(number);
    }
    this.version.value += 1;
  }

  #forget() {
    this.#lines = [];
    this.#graver = { warning: [], error: [] };
    this.version.value += 1;
  }
}
