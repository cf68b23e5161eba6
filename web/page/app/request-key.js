// The key of a request that makes something.
import { useRef } from "../vendor/hooks.js";
import { newKey } from "./api.js";

// One key for one request: pressing again after a lost answer repeats it, changing the form renews
// it.
export function useKey() {
  const last = useRef({ form: null, key: null });
  return (form) => {
    if (last.current.form !== form) last.current = { form, key: newKey() };
    return last.current.key;
  };
}
