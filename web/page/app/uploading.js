// One thing at a time that is handed to the server from a form, and what came of it.
import { useState } from "../vendor/hooks.js";

// `attempt(work)` runs it and answers what it made, or null where it was refused: `error` says why.
export function useAttempt() {
  const [state, setState] = useState({ busy: false, error: null });
  const attempt = async (work) => {
    setState({ busy: true, error: null });
    try {
      const made = await work();
      setState({ busy: false, error: null });
      return made ?? true;
    } catch (error) {
      if (!error.code) throw error;
      setState({ busy: false, error });
      return null;
    }
  };
  return { ...state, attempt };
}
