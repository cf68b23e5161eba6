// A worker that says "tick" every ten seconds. A hidden tab's own timers are slowed to one a minute,
// a worker's are not; whoever hears it still runs, which is what a tab's beat is to prove.
const BEAT_MS = 10000;

setInterval(() => self.postMessage("tick"), BEAT_MS);
