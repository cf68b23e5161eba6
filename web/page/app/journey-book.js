// The desk's journeys as the page edits them: read from the API, changed here, kept on request.
// Lives as long as the page, so that looking elsewhere loses nothing.
import { computed, signal } from "../vendor/signals.js";
import { fromWire, placeOf, sameText, toWire } from "./journeys.js";
import { merge, renewed } from "./merge.js";

const same = (journey) => toWire(fromWire(journey));

export class JourneyBook {
  #api;
  // Of what the server had when `base` was read; written by #have. Undefined where that could not be
  // read: then anything may take its place.
  #digest = undefined;
  #reading = false;

  constructor(api) {
    this.#api = api;
    this.base = signal([]); // what the server has, in our order of fields; written by #have
    this.list = signal(null); // the drafts; null until the server has answered
    this.chosen = signal(new Set()); // keys of drafts that a run is to take
    this.saving = signal(false);
    this.trouble = signal(null); // the error of the last reading or saving
    this.wrong = signal(new Map()); // draft key -> [{field, step, part, reason}]
    this.dirty = computed(
      () =>
        this.list.value !== null && sameText(this.list.value) !== JSON.stringify(this.base.value),
    );
  }

  find(key) {
    return this.list.value?.find((draft) => draft.key === key || draft.id === key) ?? null;
  }

  // What the server has now, where it goes together with what is edited here.
  async refresh() {
    if (this.#reading || this.saving.peek()) return;
    this.#reading = true;
    try {
      this.#meet(await this.#api.journeys());
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#reading = false;
    }
  }

  change(drafts) {
    this.list.value = drafts;
    const keys = new Set(drafts.map(({ key }) => key));
    this.chosen.value = new Set([...this.chosen.peek()].filter((key) => keys.has(key)));
  }

  changeOne(draft) {
    this.change(this.list.peek().map((one) => (one.key === draft.key ? draft : one)));
  }

  choose(keys) {
    this.chosen.value = new Set(keys);
  }

  // A refusal of what has been changed since says nothing any more.
  forgive(key, matches) {
    const left = (this.wrong.peek().get(key) ?? []).filter((one) => !matches(one));
    this.wrong.value = new Map([...this.wrong.peek(), [key, left]]);
  }

  // Whether they are kept. Where somebody else changed them meanwhile, both are taken together if
  // that can be done; `overwrite` does not ask.
  async save({ overwrite = false } = {}) {
    if (!this.dirty.peek()) return true;
    this.saving.value = true;
    this.wrong.value = new Map();
    try {
      await this.#put(overwrite);
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    } finally {
      this.saving.value = false;
    }
  }

  // Sees that these are among the kept ones, and says at which places. What goes wrong is the
  // caller's to show.
  async adopt(journeys) {
    this.#meet(await this.#api.journeys());
    const known = this.list.peek() ?? [];
    const isOf = (journey) => (draft) => draft.name === journey.name && draft.url === journey.url;
    const missing = journeys.filter((journey) => !known.some(isOf(journey)));
    this.change([...known, ...missing.map(fromWire)]);
    if (!(await this.save())) throw this.trouble.peek();
    return journeys.map((journey) => this.list.peek().findIndex(isOf(journey)));
  }

  // All that was changed here is given up.
  async discard() {
    this.wrong.value = new Map();
    try {
      const answer = await this.#api.journeys();
      this.#have(answer, renewed(answer.journeys.map(same), this.list.peek() ?? []));
    } catch (error) {
      this.#fail(error);
    }
  }

  async #put(overwrite) {
    const sent = this.list.peek();
    try {
      this.#keep(sent, await this.#send(sent, overwrite));
    } catch (error) {
      if (error.code !== "journeys_changed") throw error;
      const theirs = await this.#api.journeys();
      if (!this.#meet(theirs)) throw error;
      const merged = this.list.peek();
      this.#keep(merged, await this.#send(merged, false));
    }
  }

  #send(drafts, overwrite) {
    const replaces = overwrite ? undefined : this.#digest; // what is undefined is not sent
    return this.#api.putJourneys({ journeys: drafts.map(toWire), replaces });
  }

  // The server's answer to what was sent: the same journeys, each with its id. What has been
  // changed since it was sent stays changed.
  #keep(sent, answer) {
    const ids = new Map(sent.map((draft, at) => [draft.key, answer.journeys[at]?.id ?? draft.id]));
    const drafts = this.list.peek();
    const known = drafts.map((draft) => ({ ...draft, id: ids.get(draft.key) ?? draft.id }));
    this.#have(answer, drafts === sent ? renewed(answer.journeys.map(same), known) : known);
  }

  #have(answer, drafts) {
    this.base.value = answer.journeys.map(same);
    this.#digest = answer.digest;
    this.trouble.value = null;
    this.change(drafts);
  }

  #meet(answer) {
    const theirs = answer.journeys.map(same);
    const merged = merge(this.base.peek(), theirs, this.list.peek() ?? []);
    if (merged !== null) this.#have(answer, merged);
    return merged !== null;
  }

  #fail(error) {
    if (!error.code) throw error;
    this.trouble.value = error;
    // What cannot be read on the server's disk can still be replaced.
    if (error.code === "files_damaged") this.list.value ??= [];
    const errors = Array.isArray(error.details.errors) ? error.details.errors : [];
    const wrong = new Map();
    for (const { index, field, reason } of errors) {
      const draft = this.list.peek()?.[index];
      if (!draft) continue;
      const said = wrong.get(draft.key) ?? [];
      wrong.set(draft.key, [...said, { ...placeOf(draft, field), reason }]);
    }
    this.wrong.value = wrong;
  }
}
