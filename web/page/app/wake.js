// When somebody may look again at a page that knew nothing for a while: its tab comes to the front,
// the network is back, the page was taken out of a drawer (frozen, or kept for "back"), or the
// computer slept, which says nothing, but stops the clock of the page.

const BEAT_MS = 1000;
const SLEPT_MS = 5000;

export function onWake(hurry) {
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) hurry();
  });
  document.addEventListener("resume", hurry);
  window.addEventListener("online", hurry);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) hurry();
  });
  let beatAt = Date.now();
  setInterval(() => {
    const slept = Date.now() - beatAt > SLEPT_MS;
    beatAt = Date.now();
    // A hidden tab's timers are slow, too; it hears when it is looked at.
    if (slept && !document.hidden) hurry();
  }, BEAT_MS);
}
