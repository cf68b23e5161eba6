// What the page knows of its desk. The feed and the answers of commands write it, components read
// it.
//
// Frames go into a draft; a commit makes the draft visible at most ten times a second, and never
// while the tab is hidden: becoming visible commits at once, so a hidden tab costs nothing to
// render.
import { batch, signal } from "../vendor/signals.js";

const FRAME_MS = 100;

const newestFirst = (a, b) =>
  a.created_at < b.created_at ? 1 : a.created_at > b.created_at ? -1 : a.id < b.id ? 1 : -1;

export class Desk {
  #draft = new Map(); // job id -> job; written by the `apply...` methods only
  #draftFlags = {}; // written with the draft
  #draftSaved = null; // written with the draft
  #draftDisk = null; // written with the draft
  #draftTokens = null; // written with the draft
  #draftRevision = null; // written with the draft
  #timer = null; // the pending commit, if any
  #committedAt = 0; // monotonic ms of the last commit

  constructor() {
    this.jobs = signal([]);
    this.flags = signal({});
    this.saved = signal(null); // the durability receipt of what is shown
    this.disk = signal(null); // what the desk's files take up, of how much they may
    this.tokens = signal(null); // `{balance, free, held}`
    this.loaded = signal(false);
    this.heard = signal(null); // the newest revision heard of, shown or not
    document.addEventListener("visibilitychange", () => this.#schedule());
  }

  // The newest revision heard of, visible or not: what a poll or a reconnect asks to go on from.
  get revision() {
    return this.#draftRevision;
  }

  // The newest truth, for what shows of a hidden tab: its title and its icon.
  newest() {
    return [...this.#draft.values()].sort(newestFirst);
  }

  applySnapshot(snapshot) {
    this.#draft = new Map();
    this.applyDelta(snapshot);
  }

  applyDelta({ revision, jobs, flags, saved, disk, tokens }) {
    for (const job of jobs) this.#draft.set(job.id, job);
    this.#draftFlags = flags;
    this.#draftSaved = saved;
    this.#draftDisk = disk ?? null;
    this.#draftTokens = tokens ?? this.#draftTokens;
    this.#draftRevision = revision;
    this.heard.value = revision;
    this.#schedule();
  }

  // A status frame precedes the delta that carries the job; a deletion has no delta to wait for.
  applyStatus({ job_id: id, new: status }) {
    if (status === null) this.applyDeletion(id);
  }

  applyDeletion(id) {
    if (this.#draft.delete(id)) this.#schedule();
  }

  // The desk says nothing more about having been restored.
  applyAcknowledged() {
    this.#draftFlags = { ...this.#draftFlags, restored: null };
    this.#show();
  }

  // A command's answer; a frame that overtook it is the newer truth and stays.
  applyJob(job) {
    const known = this.#draft.get(job.id);
    if (known && known.revision > job.revision) return;
    this.#draft.set(job.id, job);
    this.#show();
  }

  // Shows what a command will most likely do; nobody has saved that yet. The next frame or answer
  // replaces it; a refusal calls the returned function, which takes it back unless something newer
  // has come.
  foresee(id, change) {
    const before = this.#draft.get(id);
    if (!before) return () => {};
    const guess = { ...before, ...change, foreseen: true };
    this.#draft.set(id, guess);
    this.#show();
    return () => {
      if (this.#draft.get(id) !== guess) return;
      this.#draft.set(id, before);
      this.#show();
    };
  }

  // What the user just did does not wait for its frame.
  #show() {
    clearTimeout(this.#timer);
    this.#timer = null;
    if (!document.hidden && this.#draftRevision !== null) this.#commit();
  }

  #schedule() {
    if (document.hidden || this.#draftRevision === null || this.#timer !== null) return;
    const waitMs = this.#committedAt + FRAME_MS - performance.now();
    if (waitMs <= 0) this.#commit();
    else this.#timer = setTimeout(() => this.#onTimer(), waitMs);
  }

  #onTimer() {
    this.#timer = null;
    if (!document.hidden) this.#commit();
  }

  #commit() {
    this.#committedAt = performance.now();
    batch(() => {
      this.jobs.value = this.newest();
      this.flags.value = this.#draftFlags;
      this.saved.value = this.#draftSaved;
      this.disk.value = this.#draftDisk;
      this.tokens.value = this.#draftTokens;
      this.loaded.value = true;
    });
  }
}
