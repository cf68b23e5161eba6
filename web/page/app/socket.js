// One WebSocket of the desk's stream: frames in, and the certainty that the other end still
// answers. `handlers.onClose` is called exactly once, whatever ended it.

const CONNECT_MS = 5000;
const PING_MS = 15000;
const PONG_MS = 10000;
const PROOF_MS = 3000;

export class StreamSocket {
  #socket;
  #handlers;
  #timer; // the next thing to happen by the clock: connect timeout, ping, or missing pong
  #ended = false;

  constructor(address, handlers) {
    this.#handlers = handlers;
    this.#socket = new WebSocket(address);
    this.#socket.onopen = () => this.#onOpen();
    this.#socket.onmessage = (event) => this.#onMessage(event);
    this.#socket.onclose = () => this.#end();
    this.#after(CONNECT_MS, () => this.close());
  }

  // A socket whose peer is gone may take minutes to say so; we do not wait for it.
  close() {
    this.#socket.close();
    this.#end();
  }

  #onOpen() {
    if (this.#ended) return;
    this.#awaitPing();
    this.#handlers.onOpen();
  }

  #onMessage(event) {
    if (this.#ended) return;
    this.#awaitPing();
    this.#handlers.onFrame(JSON.parse(event.data));
  }

  // Somebody looks: whether it lives is wanted sooner than by the clock.
  prove() {
    if (!this.#ended && this.#socket.readyState === WebSocket.OPEN) this.#ping(PROOF_MS);
  }

  #awaitPing() {
    this.#after(PING_MS, () => this.#ping(PONG_MS));
  }

  #ping(patienceMs) {
    this.#socket.send(JSON.stringify({ type: "ping" }));
    this.#after(patienceMs, () => this.close());
  }

  #after(delayMs, act) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, delayMs);
  }

  #end() {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#handlers.onClose();
  }
}
