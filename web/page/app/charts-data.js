// A job's series and timeline as the page holds them: read when asked, only what is new.
import { signal } from "../vendor/signals.js";
import { call, readError, send } from "./api.js";
import { merged } from "./charts.js";

const TIMEOUT_MS = 15000;

// What is shown of one job: all of its life, or the part that was chosen (`{from, to}`, ISO times).
export class Series {
  #api;
  #job;
  #points = 240;
  #etags = new Map(); // what was answered last to each address; written by `#ask`
  #turn = Promise.resolve(); // one reading after the other; written by `read`

  constructor(api, jobId) {
    this.#api = api;
    this.#job = jobId;
    this.answer = signal(null); // null until the server has answered
    this.gaps = signal([]);
    this.error = signal(null);
    this.part = signal(null);
  }

  // All anew, as wide as that. `part` is null for the whole life.
  show(points, part) {
    const changed = points !== this.#points || part !== this.part.peek();
    this.#points = points;
    this.part.value = part;
    return this.read(changed);
  }

  // What is new; everything, where `anew`.
  read(anew = false) {
    const turn = this.#turn.then(() => this.#read(anew));
    this.#turn = turn.catch(() => null);
    return turn;
  }

  async #read(anew) {
    try {
      const known = anew ? null : this.answer.peek();
      const since = this.part.peek() === null ? known?.buckets.at(-1)?.at : undefined;
      const news = await this.#ask(since, anew);
      if (news !== null) {
        const both = since === undefined ? news : merged(known, news, since);
        this.answer.value = both ?? (await this.#ask(undefined, true));
      }
      this.error.value = null;
    } catch (error) {
      if (!error.code) throw error;
      this.error.value = error;
    }
  }

  async #ask(since, anew) {
    const query = new URLSearchParams({ points: this.#points, ...this.part.peek() });
    if (since !== undefined) query.set("since", since);
    const address = this.#api.jobPath(this.#job, `/series?${query}`);
    const known = anew ? undefined : this.#etags.get(address);
    const headers = known === undefined ? {} : { "If-None-Match": known };
    const response = await send(address, { headers, cache: "no-store" }, TIMEOUT_MS);
    if (response.status === 304) return null;
    if (!response.ok) throw await readError(response);
    this.#etags = new Map([[address, response.headers.get("ETag")]]);
    return response.json();
  }

  // Where the job was not at work. What cannot be read is not shaded; the charts are true without.
  async readGaps() {
    try {
      this.gaps.value = (await timelineOf(this.#api, this.#job)).gaps;
    } catch (error) {
      if (!error.code) throw error;
    }
  }
}

// `{events, gaps, left_out}`, oldest first.
export const timelineOf = (api, jobId) => call(api.jobPath(jobId, "/timeline"));

// What moved tokens for this job, newest first: `{entries, total, forgotten}`.
export const ledgerOf = (api, jobId) =>
  call(`${api.base}/ledger?${new URLSearchParams({ job: jobId, size: 200 })}`);
