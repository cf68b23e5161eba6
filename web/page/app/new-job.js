// What the new-job form makes of what is typed: pure functions between text and the API's request.
import { specOf } from "./forms.js";
import { EMPTY_SCHEDULE, scheduleOf } from "./schedule.js";

// Your own tabs open what you look at: there is nobody to open it for while you are away.
const UNSCHEDULED = "tab";

// What every form of a new job has. `origin` is the job that this one is to be like, `{id, name}`.
export const EMPTY = {
  kind: "fetch",
  name: "",
  schedule: EMPTY_SCHEDULE,
  priority: "",
  origin: null,
};

// The page's own suggestions where the server leaves more open: windows that come all at once
// frighten people.
const BEGINNINGS = { tab: { delay_ms: 1000 } };

// What those forms share: what is typed stays where another kind is chosen. `text` has an item a line.
export const NO_ITEMS = { text: "", file: null };

// A form that is made of its kind's schema. `earlier` is `{id, n}` where
// the items are those of a job that is not sent here; `before` is what was typed when it was opened
// from one.
export const emptyOf = (kind) => ({
  values: BEGINNINGS[kind] ?? {},
  earlier: null,
  before: null,
  secrets: [],
});

export const mayBeScheduled = (kind) => kind !== UNSCHEDULED;

// One address a line; `#` begins a comment line. The server says which of them it will not take, by
// index: `line` is where the user finds it.
export function parseLines(text) {
  const lines = text.split(/\r?\n/).map((line, at) => ({ line: at + 1, url: line.trim() }));
  return lines.filter(({ url }) => url !== "" && !url.startsWith("#"));
}

export const parseItems = (text) => parseLines(text).map(({ url }) => url);

function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// A pasted list in JSON, else an item a line, of which one in braces is an object.
export function itemsOf(text) {
  const whole = /^\s*\[/.test(text) ? jsonOf(text) : undefined;
  if (Array.isArray(whole)) return whole;
  return parseItems(text).map((line) => (line.startsWith("{") ? (jsonOf(line) ?? line) : line));
}

export const textOf = (items) =>
  items.map((item) => (typeof item === "string" ? item : JSON.stringify(item))).join("\n");

function hostOf(address) {
  try {
    return new URL(address).host;
  } catch {
    return null;
  }
}

const calledBy = (item) => String(item?.url ?? (typeof item === "string" ? item : JSON.stringify(item)));

// A name where the user gave none: the file's, or where the addresses lead.
export function nameFor(items, file) {
  if (file) return file.name.replace(/\.(txt|csv|xlsx|zip)$/i, "");
  const names = items.slice(0, 100).map(calledBy);
  const hosts = [...new Set(names.map(hostOf).filter(Boolean))];
  return hosts.length === 1 ? hosts[0] : `${hosts[0] ?? names[0] ?? ""} …`.slice(0, 100);
}

// What is the same in the request of any kind; `start` comes with the button.
export function jobOf({ kind, name, schedule, priority, origin }, spec, called) {
  const again = mayBeScheduled(kind) ? scheduleOf(schedule) : null;
  const job = { kind, name: name.trim() || called, spec };
  if (!name.trim()) job.numbered = true;
  if (again) job.schedule = again;
  if (Number.isInteger(priority)) job.priority = priority;
  if (origin) job.origin = origin.id;
  return job;
}

// The request of a form that is made of its kind's schema. `schema` is null for a kind that says
// nothing of itself: its spec is typed as JSON.
export function request(form, draft, schema) {
  const { values, text, file, earlier } = draft;
  const items = file || earlier ? [] : itemsOf(text);
  const called = earlier ? (form.origin?.name ?? "") : nameFor(items, file);
  const spec = schema === null ? (jsonOf(values.json ?? "{}") ?? values.json) : specOf(schema, values);
  const job = jobOf(form, spec, called);
  if (earlier) return { ...job, items_of: earlier.id };
  return file ? job : { ...job, items };
}

// How many items are typed; null where only the server can count them.
export const countOf = ({ text, file, earlier }) =>
  file ? null : earlier ? earlier.n : itemsOf(text).length;
