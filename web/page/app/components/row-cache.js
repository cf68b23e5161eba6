// Rows of a list that stay as they are: a row is drawn anew only where something of it is another.
// The very same element is passed over by Preact, whatever the list around it does.
import { useRef } from "../../vendor/hooks.js";

const MOST = 4000;

// `rowOf(key, parts, draw)`: what `draw()` gave for this key and these parts, kept.
export function useRowCache() {
  const kept = useRef(new Map()); // key -> `{parts, row}`
  return (key, parts, draw) => {
    const known = kept.current.get(key);
    if (known?.parts.every((part, at) => part === parts[at])) return known.row;
    if (kept.current.size >= MOST) kept.current.clear();
    const row = draw();
    kept.current.set(key, { parts, row });
    return row;
  };
}
