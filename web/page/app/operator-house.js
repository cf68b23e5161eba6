// The house as this page holds it: asked for every two seconds while somebody looks, and at once
// when they come back. What was last heard stays on the screen, with its time.
import { computed, effect, signal } from "../vendor/signals.js";

export const POLL_MS = 2000;
const KEPT = 90; // three minutes of the small curves
export const PAGE = 50;

export const ORDERS = ["in_flight", "jobs", "disk", "tokens", "saved", "watchers", "key"];
export const STATES = ["awake", "opening", "parked", "asleep"];

// What wants somebody's eye: desks that serve nobody, saves that fail, servers that are away.
export function alarmsOf(seen) {
  if (!seen) return [];
  return [
    ...(seen.storage.failing ? [{ what: "saves" }] : []),
    ...(seen.storage.free_bytes === null ? [{ what: "disk" }] : []),
    ...seen.parked.map(({ key, reason }) => ({ what: "parked", key, reason })),
    ...seen.endpoints
      .filter(({ waiting }) => waiting > 0)
      .map(({ name, waiting }) => ({ what: "away", name, n: waiting })),
  ];
}

export class House {
  #api;
  #timer = null; // written by `#plan`
  #turn = 0; // counts looks, so that an old answer never replaces a newer one

  constructor(api) {
    this.#api = api;
    this.seen = signal(null);
    this.desks = signal(null);
    this.asked = signal({ order: "in_flight", state: "", beginning: "", limit: PAGE });
    this.heardAt = signal(null);
    this.lost = signal(null); // the error of the newest look, null where it was answered
    this.curves = signal({ in_flight: [], rate: [], cpu: [], lag: [] });
    this.alarms = computed(() => alarmsOf(this.seen.value).length);
  }

  start() {
    document.addEventListener("visibilitychange", () => this.#plan(0));
    window.addEventListener("online", () => this.#plan(0));
    effect(() => {
      // Another token, or another question: asked at once.
      if (this.#api.entered.value && this.asked.value) this.#plan(0);
      else this.#forget();
    });
  }

  #forget() {
    clearTimeout(this.#timer);
    this.#turn += 1;
    this.seen.value = this.desks.value = this.heardAt.value = this.lost.value = null;
  }

  #plan(inMs) {
    clearTimeout(this.#timer);
    if (document.hidden || !this.#api.entered.peek()) return;
    this.#timer = setTimeout(() => this.#look(), inMs);
  }

  async #look() {
    this.#turn += 1;
    const turn = this.#turn;
    try {
      const asked = this.asked.peek();
      const [seen, desks] = await Promise.all([this.#api.overview(), this.#api.desks(asked)]);
      if (turn !== this.#turn) return;
      this.seen.value = seen;
      this.desks.value = desks;
      this.heardAt.value = Date.now();
      this.lost.value = null;
      this.#remember(seen);
    } catch (error) {
      if (!error.code) throw error;
      if (turn !== this.#turn) return;
      this.lost.value = error;
    }
    this.#plan(POLL_MS);
  }

  #remember({ work, process }) {
    const { in_flight, rate, cpu, lag } = this.curves.peek();
    const more = (curve, value) => [...curve, value ?? 0].slice(-KEPT);
    this.curves.value = {
      in_flight: more(in_flight, work.in_flight),
      rate: more(rate, work.rate_per_s),
      cpu: more(cpu, process.cpu_percent),
      lag: more(lag, process.lag_ms_p99),
    };
  }
}
