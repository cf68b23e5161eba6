// The socket over which a desk leases addresses to this tab: leases in, answers and beats out.
// Made by `TabWorker` for one connection; `handlers.onClose` is called exactly once.

// Opening a window is the work of a moment: with more at once, more would be lost with the tab.
const CAPACITY = 1;

export class TabSocket {
  #socket;
  #handlers;
  #ended = false;
  #wasStuck = false; // what was said at the last beat had not left yet; written by `beat`

  // `handlers`: `onOpen()`, `onLease(lease)`, `onWithdrawn({job_id, index})`, `onClose()`.
  constructor(address, handlers) {
    this.#handlers = handlers;
    this.#socket = new WebSocket(address);
    this.#socket.onopen = () => this.#onOpen();
    this.#socket.onmessage = (event) => this.#onMessage(JSON.parse(event.data));
    this.#socket.onclose = () => this.#end();
  }

  // `status`: opened | blocked | failed.
  answer({ job_id, index }, status, error = null) {
    this.#send({ type: status, job_id, index, ...(error === null ? {} : { error }) });
  }

  // A peer that takes nothing for a whole beat is gone, whatever the network says.
  beat() {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const isStuck = this.#socket.bufferedAmount > 0;
    if (isStuck && this.#wasStuck) {
      this.close();
      return;
    }
    this.#wasStuck = isStuck;
    this.#send({ type: "beat" });
  }

  close() {
    this.#socket.close();
    this.#end();
  }

  #onOpen() {
    if (this.#ended) return;
    this.#send({ type: "hello", capacity: CAPACITY });
    this.#handlers.onOpen();
  }

  #onMessage(message) {
    if (this.#ended) return;
    if (message.type === "lease") this.#handlers.onLease(message);
    else if (message.type === "withdrawn") this.#handlers.onWithdrawn(message);
  }

  #send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #end() {
    if (this.#ended) return;
    this.#ended = true;
    this.#handlers.onClose();
  }
}
