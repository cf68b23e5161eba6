// A clock that ticks once a second while somebody looks: for ages, and for "2 s ago".
import { signal } from "../vendor/signals.js";

const TICK_MS = 1000;

export const now = signal(Date.now());

export function startClock() {
  const tick = () => {
    if (!document.hidden) now.value = Date.now();
  };
  setInterval(tick, TICK_MS);
  document.addEventListener("visibilitychange", tick);
}
