// How the user looks at the desk, which is nobody else's business: filters, the row under the
// keyboard, the open menu, the job about to be deleted. Lives as long as the page.
import { computed, signal } from "../vendor/signals.js";
import { EMPTY_DOCUMENTS } from "./documents.js";
import { FILTERS } from "./job.js";
import { EMPTY } from "./new-job.js";
import { placesOf, queueOf } from "./queue.js";
import { OPTIONS } from "./run.js";
import { EMPTY_WORKSHOP } from "./workshop.js";

const MATCHES = Object.fromEntries(FILTERS);

export class View {
  constructor(desk) {
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
    this.documents = signal(EMPTY_DOCUMENTS); // the same for documents
    this.workshop = signal(EMPTY_WORKSHOP); // the same for pictures, crawls and tags, by kind
    this.visible = computed(() => this.#select(desk.jobs.value));
    this.places = computed(() => placesOf(desk.jobs.value)); // of those that wait, in their lanes
    this.rows = computed(() => this.#rows(desk.jobs.value)); // the list: jobs, and heads of lanes
  }

  #rows(jobs) {
    const shown = this.visible.value;
    return this.filter.value === "queue" ? queueOf(jobs, shown) : shown.map((job) => ({ job }));
  }

  #select(jobs) {
    const matches = MATCHES[this.filter.value];
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
