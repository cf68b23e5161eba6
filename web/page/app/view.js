// How the user looks at the desk, which is nobody else's business: filters, the row under the
// keyboard, the open menu, the job about to be deleted. Lives as long as the page.
import { computed, signal } from "../vendor/signals.js";
import { EMPTY_DOCUMENTS } from "./documents.js";
import { FILTERS } from "./job.js";
import { GROUPS, groupOf } from "./needs.js";
import { EMPTY, NO_ITEMS } from "./new-job.js";
import { placesOf, queueOf } from "./queue.js";
import { OPTIONS } from "./run.js";
import { EMPTY_WORKSHOP } from "./workshop.js";

const MATCHES = Object.fromEntries(FILTERS);

export class View {
  // Who may only look is asked for nothing (`isAsked` false).
  constructor(desk, { isAsked }) {
    this.isAsked = isAsked;
    this.filter = signal("all");
    this.kind = signal(null);
    this.text = signal("");
    this.menu = signal(null); // {anchor, jobId} or null
    this.deleting = signal(null); // the job whose deletion is being confirmed
    this.help = signal(false);
    this.moving = signal(false); // the desk is getting another address: this one may end any moment
    this.live = signal(false); // whether the live view is open
    this.options = signal(OPTIONS); // how the journeys are to be run
    this.draft = signal(EMPTY); // the new-job form: looking elsewhere loses nothing of it
    this.drafts = signal({}); // what is typed in forms that are made of schemas, by kind
    this.items = signal(NO_ITEMS); // what those are to begin with
    this.documents = signal(EMPTY_DOCUMENTS); // the same for documents
    this.workshop = signal(EMPTY_WORKSHOP); // the same for pictures, crawls and tags, by kind
    this.visible = computed(() => this.#select(desk.jobs.value));
    this.needs = computed(() => this.#needs(desk.jobs.value)); // ids of jobs that wait for somebody
    this.wide = signal(false); // whether the list has room for the heads of its groups
    this.sharing = signal(""); // the job that is to be shared
    this.places = computed(() => placesOf(desk.jobs.value)); // of those that wait, in their lanes
    this.rows = computed(() => this.#rows(desk.jobs.value)); // the list: jobs, and heads of lanes
  }

  #rows(jobs) {
    const shown = this.visible.value;
    if (this.filter.value === "queue") return queueOf(jobs, shown);
    return this.filter.value === "all" ? this.#grouped(shown) : shown.map((job) => ({ job }));
  }

  #groupOf(job) {
    return groupOf(job, this.isAsked);
  }

  #needs(jobs) {
    return new Set(jobs.filter((job) => this.#groupOf(job) === "needs").map(({ id }) => id));
  }

  // What needs somebody first, then what is at work, what waits and what is over; newest first in
  // each. One group alone needs no head.
  #grouped(shown) {
    const found = new Map(GROUPS.map((group) => [group, []]));
    for (const job of shown) found.get(this.#groupOf(job)).push({ job });
    const groups = [...found].filter(([, rows]) => rows.length > 0);
    const hasHeads = this.wide.value && (groups.length > 1 || groups[0]?.[0] === "needs");
    return groups.flatMap(([group, rows]) =>
      hasHeads ? [{ group, n: rows.length }, ...rows] : rows,
    );
  }

  #select(jobs) {
    const needs = this.needs.value;
    const matches = MATCHES[this.filter.value] ?? (({ id }) => needs.has(id));
    const kind = this.kind.value;
    const text = this.text.value.trim().toLowerCase();
    return jobs.filter(
      (job) =>
        matches(job) &&
        (kind === null || job.kind === kind) &&
        (text === "" || job.name.toLowerCase().includes(text)),
    );
  }
}
