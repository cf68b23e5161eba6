// Which other tabs of this browser open pages of the same desk, and what they did: each says so to
// the others, and one that is silent for three beats is gone.
import { signal } from "../vendor/signals.js";
import { newKey } from "./api.js";

const SILENT_MS = 30000;

export class TabPeers {
  #id = newKey();
  #channel;
  #state = () => null; // what this tab does, or null; written by `start`

  constructor(deskId) {
    this.others = signal([]); // [{id, opened, url, heardMs}], in order of appearance
    this.#channel = new BroadcastChannel(`nightdesk.tabs.${deskId}`);
    this.#channel.onmessage = ({ data }) => this.#onMessage(data);
  }

  // `state` gives `{opened, url}` while this tab opens pages, else null.
  start(state) {
    this.#state = state;
    this.#channel.postMessage({ ask: true });
    window.addEventListener("pagehide", () => this.#say(null));
  }

  tell() {
    this.#say(this.#state());
  }

  // At each beat: forgets who has been silent, and tells the others that we are here.
  beat() {
    const since = performance.now() - SILENT_MS;
    const heard = this.others.peek().filter(({ heardMs }) => heardMs > since);
    if (heard.length < this.others.peek().length) this.others.value = heard;
    this.tell();
  }

  #say(doing) {
    this.#channel.postMessage({ id: this.#id, doing });
  }

  #onMessage({ ask, id, doing }) {
    if (ask) {
      if (this.#state() !== null) this.tell();
      return;
    }
    const rest = this.others.peek();
    const at = rest.findIndex((one) => one.id === id);
    const told = doing === null ? [] : [{ ...doing, id, heardMs: performance.now() }];
    if (at < 0) this.others.value = [...rest, ...told];
    else this.others.value = [...rest.slice(0, at), ...told, ...rest.slice(at + 1)];
  }
}
