// The page's language: `t(key, {n: 12})` in the tongue the user chose, and its ways of writing
// numbers and times. Components that call these inside render follow a change of language.
import { computed, signal } from "../vendor/signals.js";
import { FALLBACK, FIRST, STORE_KEY, tableOf } from "./tongue.js";

export const LANGUAGES = [
  ["en", "English"],
  ["zh", "中文"],
];

const tables = {}; // by language, those that have come; written by `know`
const parts = {}; // by language, how many of `more` are in its table; written by `know`
let wanted = FIRST; // the language chosen last; written by `speak`

// The language that is spoken: its words are here.
export const language = signal(FIRST);

const more = []; // of what says more than the first view: `{en: load, zh: load}`; written by `learn`

// All words of a language that are wanted so far. Asked for again, what has come is at hand.
async function know(code) {
  while (parts[code] !== more.length) {
    const loads = [...more];
    const found = loads.map((loaders) => loaders[code]().then((part) => part.default));
    tables[code] = Object.assign({}, ...(await Promise.all([tableOf(code), ...found])));
    parts[code] = loads.length;
  }
}

// Rejected where the words do not come: the page then goes on in the language that it speaks.
async function speak(code) {
  wanted = code;
  try {
    await know(code);
    if (wanted === code) language.value = code;
  } finally {
    if (wanted === code) wanted = language.peek();
  }
}

// More words. Before the page speaks, or of a part that waits for them by `learned`.
export function learn(loaders) {
  if (!more.includes(loaders)) more.push(loaders);
}

// All words are there: in the language that is spoken, and in one that was chosen and is on its
// way. Rejected where they do not come; whoever wants them asks again.
export const learned = () => Promise.all([language.peek(), wanted].map(know));

// Before anything is drawn.
export const speakFirst = () => speak(FIRST).catch(() => speak(FALLBACK));

export async function choose(code) {
  await speak(code);
  try {
    window.localStorage.setItem(STORE_KEY, code);
  } catch {
    // The choice then lasts as long as the page.
  }
}

const tools = computed(() => {
  const tag = language.value === "zh" ? "zh-CN" : "en-GB";
  const date = (options) => new Intl.DateTimeFormat(tag, options);
  return {
    tag,
    plural: new Intl.PluralRules(tag),
    number: new Intl.NumberFormat(tag),
    decimal: new Intl.NumberFormat(tag, { maximumFractionDigits: 1, minimumFractionDigits: 1 }),
    clock: date({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
    exact: date({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }),
    moment: date({ dateStyle: "medium", timeStyle: "short", hourCycle: "h23" }),
    near: date({ weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
    far: date({ day: "numeric", month: "short" }),
    full: date({ dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" }),
    ago: new Intl.RelativeTimeFormat(tag, { numeric: "auto", style: "short" }),
  };
});

const PASS = {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
  timeZoneName: "short",
};

const shown = (value) => (typeof value === "number" ? number(value) : String(value));

// `n` chooses between an entry's plural forms; every `{name}` is filled from `values`. A word of
// the wire that is newer than this page (a status, a reason) is shown as it came.
export function t(key, values = {}) {
  const entry = has(key) ? tables[language.value][key] : undefined;
  if (entry === undefined) return key.split(".").at(-1);
  const text =
    typeof entry === "string"
      ? entry
      : (entry[tools.value.plural.select(values.n)] ?? entry.other);
  return text.replace(/\{(\w+)\}/g, (_, name) => shown(values[name]));
}

export const has = (key) => Object.hasOwn(tables[language.value] ?? {}, key);

export const number = (value) => tools.value.number.format(value);
export const rate = (value) =>
  value >= 100 ? number(Math.round(value)) : tools.value.decimal.format(value);
export const clock = (ms) => tools.value.clock.format(ms);
export const exactTime = (ms) => tools.value.exact.format(ms);
// Of an ISO time: the day and the minute.
export const moment = (at) => tools.value.moment.format(new Date(at));
// Of an ISO time or of milliseconds.
export const fullTime = (at) => (at ? tools.value.full.format(new Date(at)) : "–");

// Of an ISO time not far ahead: as short as it can be said. A clock time is of today.
export function soonTime(at, nowMs) {
  const day = new Date(at);
  if (day.toDateString() === new Date(nowMs).toDateString()) return clock(day);
  const isNear = day - nowMs < 6 * 86400 * 1000;
  return tools.value[isNear ? "near" : "far"].format(day);
}

// Of an ISO time, as clocks of that zone show it: a pass belongs to its schedule's zone.
export const passTime = (at, timeZone) =>
  new Intl.DateTimeFormat(tools.value.tag, { ...PASS, timeZone }).format(new Date(at));

// Of a number, 0 is Sunday: the first of November 2026 was one.
export const weekday = (day) =>
  new Intl.DateTimeFormat(tools.value.tag, { weekday: "short", timeZone: "UTC" }).format(
    Date.UTC(2026, 10, 1 + day),
  );

// Of an ISO code.
export const countryName = (code) =>
  new Intl.DisplayNames(tools.value.tag, { type: "region" }).of(code);

const UNITS = [
  [86400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
];

export function ago(ms, nowMs) {
  const seconds = Math.max(0, Math.round((nowMs - ms) / 1000));
  const [size, unit] = UNITS.find(([least]) => seconds >= least) ?? UNITS.at(-1);
  const said = tools.value.ago.format(-Math.floor(seconds / size), unit);
  // Between a figure and a Chinese character we leave a space; the browser's own words have none.
  return said.replace(/(\d)(?=\p{Script=Han})/gu, "$1 ");
}

// How old something is, in one short word: `40 s`, `12 min`, `3 h`, `5 d`.
export function age(ms, nowMs) {
  const seconds = Math.max(0, Math.round((nowMs - ms) / 1000));
  const [size, unit] = UNITS.find(([least]) => seconds >= least) ?? UNITS.at(-1);
  return t(`age.${unit}`, { n: Math.floor(seconds / size) });
}

export function duration(ms) {
  if (ms === null || ms === undefined) return "–";
  return ms < 1000 ? t("time.ms", { n: Math.round(ms) }) : t("time.s", { s: rate(ms / 1000) });
}

export function bytes(size) {
  if (size === null || size === undefined) return "–";
  if (size < 1000) return `${number(size)} B`;
  const power = Math.min(3, Math.floor(Math.log10(size) / 3));
  return `${tools.value.decimal.format(size / 1000 ** power)} ${["", "kB", "MB", "GB"][power]}`;
}
