// Where the keyboard is when something opens or closes: what opens takes it, and what closes gives
// it back, so that it is never lost.
import { useLayoutEffect, useRef } from "../../vendor/hooks.js";

const isLost = () => document.activeElement === null || document.activeElement === document.body;
const isThere = (element) => element?.isConnected && element.getClientRects().length > 0;

// Whatever stands for what was open; in the list, else the list itself.
function standIn(closed) {
  const rows = [...document.querySelectorAll("[data-job]")];
  const row = rows.find((one) => one.dataset.job === closed);
  const link = row?.querySelector("[data-row]");
  return link ?? document.querySelector('[data-row][tabindex="0"]') ?? document.querySelector("main a");
}

// `open` names what is in the pane (a job's id, a form), or is null.
export function usePaneFocus(open, pane) {
  const before = useRef(open); // what was open when this was last drawn
  const opener = useRef(null);
  useLayoutEffect(() => {
    const was = before.current;
    if (was === open) return;
    before.current = open;
    if (open === null) {
      if (isLost()) (isThere(opener.current) ? opener.current : standIn(was))?.focus();
      return;
    }
    const from = document.activeElement;
    if (pane.current.contains(from)) return; // a form has its first field chosen, or it goes on
    if (!isLost()) opener.current = from;
    pane.current.focus({ preventScroll: true });
  }, [open]);
}

// A list whose row went away under the keyboard: `again` gives it to another.
export function useKeptFocus(again) {
  const within = useRef(false);
  useLayoutEffect(() => {
    if (within.current && isLost()) again();
  });
  return {
    onFocusIn: () => {
      within.current = true;
    },
    // What is taken out of the page has lost it by nobody's will: looked at once that is done.
    onFocusOut: ({ target }) => {
      setTimeout(() => {
        if (target.isConnected && target !== document.activeElement) within.current = false;
      });
    },
  };
}
