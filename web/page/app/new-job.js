// What the new-job form makes of its fields: pure functions between text and the API's request.
import { extractOf } from "./extract.js";
import { OPTIONS, specOf } from "./run.js";
import { EMPTY_SCHEDULE, scheduleOf } from "./schedule.js";

// The numbers that each kind of job with addresses begins with.
export const DEFAULTS = {
  fetch: { concurrency: 10, timeout_s: 30, retries: 3 },
  visit: { concurrency: 1, item_timeout_s: 300, retries: 2 },
  tab: { delay_ms: 1000, concurrency: 5, answer_timeout_s: 30 },
};
// Your own tabs open what you look at: there is nobody to open it for while you are away.
const UNSCHEDULED = "tab";
// The upper limits are the server's settings: it names them when it refuses.
export const BOUNDS = {
  concurrency: { min: 1, step: 1 },
  timeout_s: { min: 1, step: 1 },
  item_timeout_s: { min: 1, step: 1 },
  retries: { min: 0, step: 1 },
  delay_ms: { min: 0, step: 1 },
  answer_timeout_s: { min: 5, step: 1 },
};

// `browser` are options of a visit (`auto_generate` follows the links of each page), `tab` of a list
// for the user's own tabs, `extract` the rows of values to take from fetched pages, `ways` what they
// are fetched through.
export const EMPTY = {
  kind: "fetch",
  name: "",
  text: "",
  file: null,
  specs: DEFAULTS,
  browser: { ...OPTIONS, auto_generate: false },
  tab: { one_window: false, sequential: false, failover_after_min: "" },
  schedule: EMPTY_SCHEDULE,
  extract: [],
  ways: { proxy_pool: false },
};

export const mayBeScheduled = (kind) => kind !== UNSCHEDULED;

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
const SPECS = {
  fetch({ specs, extract, ways }) {
    const rules = extractOf(extract);
    const said = ways.proxy_pool ? { ...specs.fetch, proxy_pool: true } : specs.fetch;
    return rules.length > 0 ? { ...said, extract: rules } : said;
  },
  visit({ specs, browser }) {
    const around = browser.auto_generate ? { without_path: "generate" } : {};
    return { ...specs.visit, ...specOf(browser), ...around };
  },
  // One after the other is one at once; the server takes no other number then.
  tab({ specs, tab: { one_window: oneWindow, sequential, failover_after_min: minutes } }) {
    const { concurrency, ...rest } = specs.tab;
    const said = { ...rest, new_window: !oneWindow, sequential };
    if (!sequential) said.concurrency = concurrency;
    if (Number.isInteger(minutes)) said.failover_after_min = minutes;
    return said;
  },
};

export function request(form) {
  const { kind, name, text, file, start } = form;
  const items = file ? null : parseItems(text);
  const said = name.trim() || nameFor(items ?? [], file);
  const schedule = mayBeScheduled(kind) ? scheduleOf(form.schedule) : null;
  const job = { kind, name: said, spec: SPECS[kind](form), ...(schedule && { schedule }), start };
  return file ? job : { ...job, items };
}
