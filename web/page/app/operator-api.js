// The operator's part of the API. The token is a header that this page alone sends: no cookie that
// another site could make use of, no address that would be kept somewhere. It is held in memory; in
// the tab's own storage only where that was asked for, and then until the tab is closed.
import { signal } from "../vendor/signals.js";
import { call, newKey } from "./api.js";
import { AuditTrail } from "./audit.js";

const STORE_KEY = "nightdesk.operator";
const BASE = "/api/operator";

// Storage is refused in some private windows: the token then lasts as long as the page.
function storage(work) {
  try {
    return work(window.sessionStorage);
  } catch {
    return null;
  }
}

export class OperatorApi {
  #token = storage((kept) => kept.getItem(STORE_KEY)); // written by `enter` and `leave`

  constructor() {
    this.entered = signal(this.#token !== null);
  }

  // Rejected with an ApiError where the token opens nothing here; then nothing is kept.
  async enter(token, { keep }) {
    const before = this.#token;
    this.#token = token;
    try {
      await this.overview();
    } catch (error) {
      this.#token = before;
      throw error;
    }
    if (keep) storage((kept) => kept.setItem(STORE_KEY, token));
    this.entered.value = true;
  }

  leave() {
    this.#token = null;
    storage((kept) => kept.removeItem(STORE_KEY));
    this.entered.value = false;
  }

  overview() {
    return this.#call("/overview");
  }

  // `asked`: order, state, beginning, offset, limit; what is empty is left out.
  desks(asked) {
    const given = Object.entries(asked).filter(([, value]) => value !== "");
    return this.#call(`/desks?${new URLSearchParams(given)}`);
  }

  settings() {
    return this.#call("/settings");
  }

  grant(key, amount, note) {
    return this.#post(key, "grant", { amount, note, key: newKey() });
  }

  plan(key, plan) {
    return this.#post(key, "plan", { plan });
  }

  rotate(key) {
    return this.#post(key, "rotate-link", {});
  }

  auditOf(key) {
    return new AuditTrail({
      audit: (after) => this.#call(`/desks/${key}/audit?after=${after}`),
    });
  }

  #post(key, what, body) {
    const headers = { "Content-Type": "application/json" };
    const options = { method: "POST", headers, body: JSON.stringify(body) };
    return this.#call(`/desks/${key}/${what}`, options);
  }

  async #call(path, options = {}) {
    const headers = { ...options.headers, Authorization: `Bearer ${this.#token}` };
    try {
      return await call(`${BASE}${path}`, { ...options, headers, credentials: "omit" });
    } catch (error) {
      // It has ended, or was revoked: whoever looks is asked for another.
      if (error.status === 401 && this.entered.peek()) this.leave();
      throw error;
    }
  }
}
