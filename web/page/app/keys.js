// The keyboard outside of fields: n new, / filter, p pause or resume, ? help, Escape back.
// Arrows and Enter belong to the lists themselves.

const inField = (target) => target.closest("input, textarea, select, dialog") !== null;

export function startKeys(bindings) {
  document.addEventListener("keydown", (event) => {
    // What is being opened will want the keys; until it is here they would do something else.
    if (event.key !== "Escape" && document.querySelector("[data-opening]")) return;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const bound = bindings[event.key];
    if (!bound || (inField(event.target) && event.key !== "Escape")) return;
    if (bound(event.target) !== false) event.preventDefault();
  });
}
