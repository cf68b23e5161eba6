// The desk's webhooks as their page shows them, and what is done to them. The server knows the list
// as a whole, so each change starts from the newest one. Written by its own methods.
import { signal } from "../vendor/signals.js";

export const EVENTS = ["completed", "partially_completed", "failed", "cancelled", "pass_skipped"];
export const USUAL = EVENTS.slice(0, 3);

// A webhook that stays is named by its id; what is not sent stays as it is.
const kept = ({ id, url, events }) => ({ id, url, events });

export class WebhooksView {
  #api;
  #asked = 0; // which question is the newest; written by `#tell`

  constructor(api) {
    this.#api = api;
    this.list = signal(null); // null until the server has said what they are
    this.made = signal(null); // the newest one, with its secret, until this page is left
    this.trouble = signal(null);
    this.busy = signal(false);
  }

  read() {
    return this.#tell(() => this.#api.webhooks());
  }

  add(url, events) {
    return this.#change((before) => [...before.map(kept), { url, events }]);
  }

  remove(id) {
    return this.#change((before) => before.filter((one) => one.id !== id).map(kept));
  }

  // What comes of it is in the list as soon as it was tried.
  test(id) {
    return this.#acting(() => this.#tell(() => this.#tested(id)));
  }

  async #tested(id) {
    await this.#api.testWebhook(id);
    return this.#api.webhooks();
  }

  #change(changed) {
    return this.#acting(() =>
      this.#tell(async () => {
        const before = await this.#api.webhooks();
        const answer = await this.#api.setWebhooks(changed(before.webhooks));
        this.made.value = answer.webhooks.find((one) => one.secret) ?? this.made.peek();
        return answer;
      }),
    );
  }

  async #acting(work) {
    this.busy.value = true;
    try {
      return await work();
    } finally {
      this.busy.value = false;
    }
  }

  // Whether it was done. An answer that was overtaken by a newer question is nothing to show.
  async #tell(ask) {
    this.#asked += 1;
    const asked = this.#asked;
    try {
      const { webhooks } = await ask();
      if (asked === this.#asked) this.list.value = webhooks;
      this.trouble.value = null;
      return true;
    } catch (error) {
      if (!error.code) throw error;
      this.trouble.value = error;
      return false;
    }
  }
}
