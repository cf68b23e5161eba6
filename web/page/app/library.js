// The desk's templates, tables and pictures as the page shows them. Each change is made on the
// server first, and what it answers is what is shown. Written by its own methods.
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
    this.pictures = signal(null);
    this.trouble = signal(null); // why they could not be read
    this.details = signal(new Map()); // what was found in each, by `keyOf`
  }

  async read() {
    try {
      const [templates, sources, pictures] = await Promise.all([
        this.#api.templates(),
        this.#api.sources(),
        this.#api.pictures(),
      ]);
      this.templates.value = templates.templates.sort(byName);
      this.sources.value = sources.data_sources.sort(byName);
      this.pictures.value = pictures.pictures.sort(byName);
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
    const isTable = kindOf(entry) === "sources";
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

  async addPicture(file, id) {
    const { picture } = await this.#api.addPicture(file, id);
    this.pictures.value = put(this.pictures.peek(), picture);
    return picture;
  }

  async remove(entry) {
    const kind = kindOf(entry);
    try {
      await this.#delete(kind, entry.id);
    } catch (error) {
      // Deleted by another tab: it is gone, which is what was wanted.
      if (error.status !== 404) throw error;
    }
    this[kind].value = without(this[kind].peek(), entry.id);
  }

  #delete(kind, id) {
    if (kind === "pictures") return this.#api.deletePicture(id);
    return kind === "sources" ? this.#api.deleteSource(id) : this.#api.deleteTemplate(id);
  }

  #keep(answer) {
    const entry = answer.template ?? answer.data_source;
    const list = answer.template ? this.templates : this.sources;
    list.value = put(list.peek(), entry);
    this.details.value = new Map(this.details.peek()).set(keyOf(entry), answer);
    return entry;
  }
}

// Which list an entry is in: each kind says something that the others do not.
function kindOf(entry) {
  if ("width" in entry) return "pictures";
  return "rows" in entry ? "sources" : "templates";
}

// Another file, or another thing said of it, is another key.
const keyOf = (entry) => `${kindOf(entry)} ${entry.id} ${entry.sha256} ${entry.version}`;
