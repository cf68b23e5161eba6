// What the form of the desk's domains makes of its text: pure functions between lines and the API's
// lists.
import { parseLines } from "./new-job.js";

export const LISTS = ["allow", "deny"];

export const byList = (make) => Object.fromEntries(LISTS.map((list) => [list, make(list)]));

export const toText = (names) => names.map((name) => `${name}\n`).join("");

// The form's text as the API's document, and where each entry stands, for its refusals.
export function read(texts) {
  const lines = byList((list) => parseLines(texts[list]));
  const document = byList((list) => lines[list].map((one) => one.url));
  return { document, find: ({ field, index }) => lines[field]?.[index] };
}
