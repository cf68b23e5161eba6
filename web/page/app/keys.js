// The keyboard outside of fields: n new, / filter, p pause or resume, ? help, Escape back.
// Arrows and Enter belong to the lists themselves. Keys of one letter can be switched off: to those
// who speak to their computer, or whose hand slips, they do what nobody asked for.
import { signal } from "../vendor/signals.js";

const STORE_KEY = "nightdesk.keys";
const OFF = "off";

const inField = (target) =>
  target.isContentEditable || target.closest("input, textarea, select, dialog") !== null;

// Storage is refused in some private windows; the choice then lasts as long as the page.
function stored() {
  try {
    return window.localStorage.getItem(STORE_KEY);
  } catch {
    return null;
  }
}

export const areKeysOn = signal(stored() !== OFF);

export function switchKeys(on) {
  areKeysOn.value = on;
  try {
    if (on) window.localStorage.removeItem(STORE_KEY);
    else window.localStorage.setItem(STORE_KEY, OFF);
  } catch {
    // As above.
  }
}

function isOurs(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.isComposing) return false; // of an input method, which has its own keys
  if (event.key === "Escape") return true;
  // What is being opened will want the keys; until it is here they would do something else.
  return areKeysOn.peek() && !inField(event.target) && !document.querySelector("[data-opening]");
}

export function startKeys(bindings) {
  const onKey = (event) => {
    const bound = bindings[event.key];
    if (bound && isOurs(event) && bound(event.target) !== false) event.preventDefault();
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}
