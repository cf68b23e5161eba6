// A part of the page that is loaded when it is first wanted:
// `const Log = lazy(() => import("./log-tab.js").then((part) => part.LogTab))`.
// What the first view needs is imported; everything else comes by this.
import { useEffect, useRef } from "../../vendor/hooks.js";
import { signal } from "../../vendor/signals.js";
import { html } from "../html.js";
import { LATER } from "../later.js";
import { usePage } from "../page.js";
import { learn, learned, t } from "../words.js";

// Why a part did not come: "away" is the server; "outdated" a page that is older than its server,
// whose files are gone, as their names hold the build; "lost" was this one request.
async function whyMissing() {
  try {
    const { status } = await fetch(import.meta.url, { method: "HEAD", cache: "no-store" });
    return status === 404 ? "outdated" : "lost";
  } catch {
    return "away";
  }
}

async function came(load) {
  try {
    return { Component: await load() };
  } catch {
    return { missing: await whyMissing() };
  }
}

// What was lost on its way is asked for once more before anybody is told.
async function cameAtLast(load) {
  const first = await came(load);
  return first.missing === "lost" ? came(load) : first;
}

// A style sheet that comes with a part, named by its URL beside this module; it stays.
export function style(url) {
  const known = document.querySelector(`link[href="${url.href}"]`);
  if (known?.sheet) return Promise.resolve();
  const link = known ?? document.createElement("link");
  return new Promise((resolve, reject) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", () => {
      link.remove();
      reject(new Error(`no style sheet ${url.pathname}`));
    });
    link.rel = "stylesheet";
    if (!known) {
      link.href = url.href;
      document.head.append(link);
    }
  });
}

// What could not be loaded: asked for again by hand, and by itself when the server is back. It may
// have come back before this was drawn; a button that is there for a moment would be no help then.
function Missing({ why, again }) {
  const { mode } = usePage().feed.link.value;
  const outdated = why === "outdated";
  const first = useRef(mode);
  useEffect(() => {
    const isBack = mode !== first.current || why === "away";
    if (mode === "live" && isBack && !outdated) again();
  }, [mode]);
  const reload = html`<button type="button" class="button" onClick=${() => window.location.reload()}>
    ${t("lazy.reload")}</button>`;
  return html`<div class="quiet-note lazy-missing" role="alert">
    <p>${t(outdated ? "lazy.outdated" : "lazy.missing")}</p>
    <p class="buttons">
      ${
        !outdated &&
        html`<button type="button" class="button primary" onClick=${again}>${t("again")}</button>`
      }${reload}</p></div>`;
}

// With the first part that is asked for come the words of all of them.
async function withWords(load) {
  learn(LATER);
  const [Component] = await Promise.all([load(), learned()]);
  return Component;
}

// `load` promises the component. What has come is drawn at once wherever it is used again. The keys
// wait for what was asked for (see `keys.js`), and not for what comes by itself, `beside` the first
// view and with the words of that.
export function lazy(load, { beside = false } = {}) {
  const part = signal(null); // `{Component}`, or `{missing}` and why, or null
  let asked = null; // the promise under way; written by `ask`
  let shown = 0; // in how many places it is wanted; written by `Lazy`
  // That it did not come is told where it is wanted, and forgotten where it is not any more: a note
  // of an earlier time would ask again while it is read.
  const tell = (found) => {
    part.value = found?.Component || shown > 0 ? found : null;
  };
  const ask = () => {
    asked ??= cameAtLast(beside ? load : () => withWords(load)).then((found) => {
      asked = null;
      tell(found);
    });
    return asked;
  };
  function Lazy(props) {
    useEffect(() => {
      shown += 1;
      if (!part.peek()?.Component) ask();
      return () => {
        shown -= 1;
        tell(part.peek());
      };
    }, []);
    const { Component, missing } = part.value ?? {};
    if (Component) return html`<${Component} ...${props} />`;
    if (missing) return html`<${Missing} why=${missing} again=${ask} />`;
    return html`<p class="quiet-note opening" aria-busy="true"
      data-opening=${beside ? undefined : ""}>${t("lazy.opening")}</p>`;
  }
  // Before it is wanted, where that is likely; nobody waits for it.
  Lazy.ahead = () => {
    if (part.peek() === null) ask();
  };
  return Lazy;
}
