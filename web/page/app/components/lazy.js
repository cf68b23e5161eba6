// A part of the page that is loaded when it is first wanted:
// `const Log = lazy(() => import("./log-tab.js").then((part) => part.LogTab))`.
// What the first view needs is imported; everything else comes by this.
import { useEffect } from "../../vendor/hooks.js";
import { signal } from "../../vendor/signals.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { t } from "../words.js";

// Files of a page that is older than its server are gone: their names hold the build.
async function isOutdated() {
  try {
    const { status } = await fetch(import.meta.url, { method: "HEAD", cache: "no-store" });
    return status === 404;
  } catch {
    return false;
  }
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

// What could not be loaded: asked for again by hand, and by itself when the server is back.
function Missing({ outdated, again }) {
  const { mode } = usePage().feed.link.value;
  useEffect(() => {
    if (mode === "live" && !outdated) again();
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

// `load` promises the component. What has come is drawn at once wherever it is used again. The keys
// wait for what was asked for (see `keys.js`), and not for what comes by itself, `beside` it.
export function lazy(load, { beside = false } = {}) {
  const part = signal(null); // `{Component}`, `{outdated}` where it did not come, or null
  let asked = null; // the promise under way; written by `ask`
  const ask = () => {
    asked ??= load()
      .then((Component) => ({ Component }))
      .catch(async () => ({ outdated: await isOutdated() }))
      .then((came) => {
        asked = null;
        part.value = came;
      });
    return asked;
  };
  function Lazy(props) {
    useEffect(() => {
      if (!part.peek()?.Component) ask();
    }, []);
    const { Component, outdated } = part.value ?? {};
    if (Component) return html`<${Component} ...${props} />`;
    if (outdated !== undefined) return html`<${Missing} outdated=${outdated} again=${ask} />`;
    return html`<p class="quiet-note opening" aria-busy="true"
      data-opening=${beside ? undefined : ""}>${t("lazy.opening")}</p>`;
  }
  // Before it is wanted, where that is likely; nobody waits for it.
  Lazy.ahead = () => {
    if (part.peek() === null) ask();
  };
  return Lazy;
}
