// A clock that ticks once a second while somebody looks: for ages, and for "2 s ago". And how far
// the browser's clock is ahead of the server's, or "saved 2 s ago" would be off by that.
import { signal } from "../vendor/signals.js";

const TICK_MS = 1000;
const SAME_MS = 1500;

export const now = signal(Date.now());
const aheadMs = signal(0);

// `date` is the Date header of an answer, in whole seconds, to what was asked at `askedMs`. It was
// written at some time between asking and hearing: where what is believed lies in between, nothing
// was learned. An answer that took long still tells a clock that is wrong by more than that.
export function compareClocks(date, askedMs) {
  const serverMs = Date.parse(date);
  if (Number.isNaN(serverMs)) return;
  const least = askedMs - (serverMs + 1000) - SAME_MS;
  const most = Date.now() - serverMs + SAME_MS;
  const fits = (ahead) => least <= ahead && ahead <= most;
  if (!fits(aheadMs.peek())) aheadMs.value = fits(0) ? 0 : (least + most) / 2;
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
