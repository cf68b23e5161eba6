// The desk's templates and tables as the page shows them. Each change is made on the server first,
// and what it answers is what is shown. Written by its own methods.
import { signal } from "../vendor/signals.js";

export const TEMPLATE_KINDS = ".docx,.html,.md,.txt";
export const SOURCE_KINDS = ".csv,.xlsx,.json";

const byName = (one, other) => one.name.localeCompare(other.name);
const without = (list, id) => list.filter((one) => one.id !== id);
const put = (list, entry) => [...without(list ?? [], entry.id), entry].sort(byName);

export class Library {
  #api;

  constructor(api) {
    this.#api = api;
    this.templates = signal(null); // null until the server has said what they are
    this.sources = signal(null);
    this.trouble = signal(null); // why they could not be read
    this.details = signal(new Map()); // what was found in each, by `keyOf`
  }

  async read() {
    try {
      const answers = await Promise.all([this.#api.templates(), this.#api.sources()]);
      [this.templates.value, this.sources.value] = [
        answers[0].templates.sort(byName),
        answers[1].data_sources.sort(byName),
      ];
      this.trouble.value = null;
    } catch (error) {
      if (!error.code) throw error;
      this.trouble.value = error;
    }
  }

  // What was found in an entry; null until it is known. `look` asks for it.
  found(entry) {
    return this.details.value.get(keyOf(entry)) ?? null;
  }

  async look(entry) {
    if (this.details.peek().has(keyOf(entry))) return;
    const isTable = "rows" in entry;
    const answer = await (isTable ? this.#api.source(entry.id) : this.#api.template(entry.id));
    this.#keep(answer);
  }

  async addTemplate(file) {
    return this.#keep(await this.#api.addTemplate(file));
  }

  async replaceTemplate(id, file) {
    return this.#keep(await this.#api.replaceTemplate(id, file));
  }

  async describeTemplate(id, about) {
    return this.#keep(await this.#api.describeTemplate(id, about));
  }

  async addSource(file, fields) {
    return this.#keep(await this.#api.addSource(file, fields));
  }

  async remove(entry) {
    const isTable = "rows" in entry;
    try {
      await (isTable ? this.#api.deleteSource(entry.id) : this.#api.deleteTemplate(entry.id));
    } catch (error) {
      // Deleted by another tab: it is gone, which is what was wanted.
      if (error.status !== 404) throw error;
    }
    const list = isTable ? this.sources : this.templates;
    list.value = without(list.peek(), entry.id);
  }

  #keep(answer) {
    const entry = answer.template ?? answer.data_source;
    const list = answer.template ? this.templates : this.sources;
    list.value = put(list.peek(), entry);
    this.details.value = new Map(this.details.peek()).set(keyOf(entry), answer);
    return entry;
  }
}

// Another file, or another thing said of it, is another key.
const keyOf = (entry) => `${"rows" in entry} ${entry.id} ${entry.sha256} ${entry.version}`;
