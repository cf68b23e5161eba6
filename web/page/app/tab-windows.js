// Opens addresses in windows of the user's browser, and finds out whether the browser lets us.
//
// A new window loses its way back to this page (`opener`) before it goes anywhere: a page that was
// opened can do nothing to the desk's. The one window that is used again must keep it, for a browser
// lets nobody else lead a window elsewhere.

const BLANK = "about:blank";

export class TabWindows {
  #reused = null; // the window for leases that want no new one; written by #openAgain

  // Whether the browser opened it; no answer of the page's server is known here.
  open(url, inNew) {
    return inNew ? this.#openNew(url) : this.#openAgain(url);
  }

  // Called from a click. The first window is the click's; only a browser that permits this address
  // to open windows by itself gives the second.
  test() {
    const opened = [window.open(BLANK), window.open(BLANK)];
    for (const one of opened) one?.close();
    return opened[1] !== null;
  }

  #openNew(url) {
    const made = window.open(BLANK);
    if (made === null) return false;
    made.opener = null;
    made.location.replace(url);
    return true;
  }

  #openAgain(url) {
    if (this.#reused === null || this.#reused.closed) this.#reused = window.open(BLANK);
    if (this.#reused === null) return false;
    this.#reused.location.replace(url);
    return true;
  }
}
