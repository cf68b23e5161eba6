// A clock that ticks once a second while somebody looks: for ages, and for "2 s ago". And how far
// the browser's clock is ahead of the server's, or "saved 2 s ago" would be off by that.
import { signal } from "../vendor/signals.js";

const TICK_MS = 1000;

const SLOW_MS = 2000;

export const now = signal(Date.now());
const aheadMs = signal(0);

// `date` is the Date header of an answer, in whole seconds, to what was asked at `askedMs`. One that
// took long says little; less than its own error is no difference.
export function compareClocks(date, askedMs) {
  const serverMs = Date.parse(date);
  const heardMs = Date.now();
  if (Number.isNaN(serverMs) || heardMs - askedMs > SLOW_MS) return;
  const ahead = heardMs - (serverMs + 500);
  aheadMs.value = Math.abs(ahead) < SLOW_MS ? 0 : ahead;
}

// A time of the server's as the browser's clock would have it.
export const onOurClock = (iso) => Date.parse(iso) + aheadMs.value;

export function startClock() {
  const tick = () => {
    if (!document.hidden) now.value = Date.now();
  };
  setInterval(tick, TICK_MS);
  document.addEventListener("visibilitychange", tick);
}
