// Commands on jobs. Each one is safe to repeat: the same verb twice is refused or changes nothing,
// and a create carries its idempotency key. Only pause and resume show their effect in advance.
import { newKey } from "./api.js";

const FORESEEN = {
  pause: () => ({ status: "paused", reason: "user" }),
  resume: (job) => ({ status: job.schedule ? "scheduled" : "queued", reason: null }),
};

const ASK_AGAIN_MS = 2000;

// Whether it may have been done for all that we know.
const isUnknown = ({ code, status }) =>
  code === "unreachable" || status === 429 || (status >= 500 && code !== "storage_full");

export class Actions {
  #api;
  #desk;
  #notices;
  #route;

  constructor(api, desk, notices, route) {
    this.#api = api;
    this.#desk = desk;
    this.#notices = notices;
    this.#route = route;
  }

  // start | pause | resume | cancel | retry, that with filters of what failed
  async command(job, verb, where = {}) {
    const foreseen = FORESEEN[verb]?.(job);
    const takeBack = foreseen ? this.#desk.foresee(job.id, foreseen) : () => {};
    try {
      const answer = await this.#api.command(job.id, verb, where);
      this.#desk.applyJob(answer.job);
    } catch (error) {
      takeBack();
      this.#refused(error, job.name, () => this.command(job, verb, where));
    }
  }

  // Another job like this one; whoever looks at this one is led to it.
  async repeat(job, key = newKey()) {
    try {
      const { job: made } = await this.#api.repeat(job.id, key);
      this.#desk.applyJob(made);
      if (this.#route.place.peek().job === job.id) this.#route.go(this.#route.toJob(made.id));
    } catch (error) {
      this.#refused(error, job.name, () => this.repeat(job, key));
    }
  }

  async acknowledge() {
    try {
      await this.#api.acknowledge();
      this.#desk.applyAcknowledged();
    } catch (error) {
      this.#refused(error, "", () => this.acknowledge());
    }
  }

  // The answer is the only place where the new address stands. One that was lost is asked for again
  // until the server has said yes or no, or nobody waits for it any more.
  async newAddress(key, waiting, onLost) {
    for (;;) {
      try {
        return await this.#api.rotateLink(key);
      } catch (error) {
        if (!isUnknown(error)) throw error;
        onLost();
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
        if (waiting.aborted) throw error;
      }
    }
  }

  async remove(job) {
    try {
      await this.#api.deleteJob(job.id);
      this.#gone(job.id);
    } catch (error) {
      // Asked for twice, or by another tab: it is gone, which is what was wanted.
      if (error.status === 404) this.#gone(job.id);
      else this.#refused(error, job.name, () => this.remove(job));
    }
  }

  // Returns the new job; errors are the form's to show.
  async create(job, file, key) {
    const request = file ? this.#api.uploadJob(job, file, key) : this.#api.createJob(job, key);
    const answer = await request;
    this.#desk.applyJob(answer.job);
    return answer.job;
  }

  // Starts journeys by their places in the list; errors are the caller's to show.
  async startJourneys(body, key) {
    const answer = await this.#api.startJourneys(body, key);
    this.#desk.applyJob(answer.job);
    return answer.job;
  }

  #gone(id) {
    this.#desk.applyDeletion(id);
    if (this.#route.place.peek().job === id) this.#route.go(this.#route.home());
  }

  #refused(error, subject, again) {
    if (!error.code) throw error;
    const repeatable =
      error.code === "unreachable" || error.status === 429 || error.status >= 500;
    this.#notices.error(error, { subject, again: repeatable ? again : null });
  }
}
