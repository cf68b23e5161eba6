// What the new-job form makes of its fields: pure functions between text and the API's request.
import { OPTIONS, specOf } from "./run.js";

// What a page is opened by, and the numbers that each kind of job begins with.
export const KINDS = ["fetch", "visit"];
export const DEFAULTS = {
  fetch: { concurrency: 10, timeout_s: 30, retries: 3 },
  visit: { concurrency: 1, item_timeout_s: 300, retries: 2 },
};
// The upper limits are the server's settings: it names them when it refuses.
export const BOUNDS = {
  concurrency: { min: 1, step: 1 },
  timeout_s: { min: 1, step: 1 },
  item_timeout_s: { min: 1, step: 1 },
  retries: { min: 0, step: 1 },
};

// `browser` are options of a visit: `auto_generate` follows the links of each page.
export const EMPTY = {
  kind: "fetch",
  name: "",
  text: "",
  file: null,
  specs: DEFAULTS,
  browser: { ...OPTIONS, auto_generate: false },
};

// One address a line; `#` begins a comment line. The server says which of them it will not take, by
// index: `line` is where the user finds it.
export function parseLines(text) {
  const lines = text.split(/\r?\n/).map((line, at) => ({ line: at + 1, url: line.trim() }));
  return lines.filter(({ url }) => url !== "" && !url.startsWith("#"));
}

export const parseItems = (text) => parseLines(text).map(({ url }) => url);

function hostOf(address) {
  try {
    return new URL(address).host;
  } catch {
    return null;
  }
}

// A name where the user gave none: the file's, or where the addresses lead.
export function nameFor(items, file) {
  if (file) return file.name.replace(/\.(txt|csv|xlsx|zip)$/i, "");
  const hosts = [...new Set(items.slice(0, 100).map(hostOf).filter(Boolean))];
  return hosts.length === 1 ? hosts[0] : `${hosts[0] ?? items[0]} …`;
}

// The fields of the spec of the chosen kind.
function specIn({ kind, specs, browser }) {
  if (kind === "fetch") return specs.fetch;
  const around = browser.auto_generate ? { without_path: "generate" } : {};
  return { ...specs.visit, ...specOf(browser), ...around };
}

export function request(form) {
  const { kind, name, text, file, start } = form;
  const items = file ? null : parseItems(text);
  const said = name.trim() || nameFor(items ?? [], file);
  const job = { kind, name: said, spec: specIn(form), start };
  return file ? job : { ...job, items };
}
