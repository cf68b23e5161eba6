// Effects that follow a changing value, but not at its pace.
import { useEffect, useRef, useState } from "../vendor/hooks.js";

// Runs `act` when `value` changes: at once, then at most every `everyMs`, and never while hidden.
export function useThrottled(act, value, everyMs) {
  const state = useRef({ last: -Infinity, timer: null, act }).current;
  state.act = act;
  useEffect(() => {
    const run = () => {
      state.timer = null;
      if (document.hidden) return;
      state.last = performance.now();
      state.act();
    };
    if (state.timer === null) {
      state.timer = setTimeout(run, Math.max(0, state.last + everyMs - performance.now()));
    }
  }, [value]);
  useEffect(() => {
    const caughtUp = () => {
      if (!document.hidden) state.act();
    };
    document.addEventListener("visibilitychange", caughtUp);
    return () => {
      document.removeEventListener("visibilitychange", caughtUp);
      clearTimeout(state.timer);
    };
  }, []);
}

// The value once it has not changed for a moment: for questions that follow typing.
export function useSettled(value, quietMs) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), quietMs);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
