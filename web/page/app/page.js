// What the page is made of, handed down to every component: `{route, api, desk, feed, actions,
// notices, journeys, tab, notifier, view, shared, documents, library}`. Built once, in `main.js`.
import { createContext } from "../vendor/preact.js";
import { useContext } from "../vendor/hooks.js";

export const PageContext = createContext(null);
export const usePage = () => useContext(PageContext);
