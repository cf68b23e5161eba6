// Reasons of the server in the user's language. It writes them in English; those that people meet
// have Chinese words in a table that its dialects read too (web/reasons.py says how it is written).
// Loaded once, when Chinese is spoken and there is a reason to say; until it is here, and of what it
// lacks, the English stands.
import { effect, signal } from "../vendor/signals.js";
import { language } from "./words.js";

const TABLE = new URL("../i18n/zh-reasons.json", import.meta.url);

// Some of a reason is of hosts and files: how deep its parts may lie in each other has an end.
const MAX_DEPTH = 8;

const rows = signal(null);
let asked = false; // written by `load`, and where Chinese is chosen again without it

// Null where the server does not answer, which the page says elsewhere.
async function read() {
  try {
    const answer = await fetch(TABLE);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

async function load() {
  if (asked) return;
  asked = true;
  const table = await read();
  if (table === null) return;
  rows.value = table.map(([pattern, words]) => [new RegExp(`^(?:${pattern})$`, "u"), words]);
}

effect(() => {
  if (language.value !== "zh" && rows.peek() === null) asked = false;
});

// Null where there are no words for it, or for a part of it: no reason is half in one language.
export function inChinese(table, reason, depth = MAX_DEPTH) {
  if (depth === 0) return null;
  for (const [pattern, words] of table) {
    const found = pattern.exec(reason);
    if (found === null) continue;
    let isWhole = true;
    const said = words.replace(/\{(>?)(\d+)\}/g, (_, deep, at) => {
      const part = found[Number(at) + 1] ?? "";
      const inner = deep === "" ? part : inChinese(table, part, depth - 1);
      isWhole &&= inner !== null;
      return inner ?? "";
    });
    return isWhole ? said : null;
  }
  return null;
}

// As it is to be shown; what is no text stays what it is.
export function reasonIn(reason) {
  if (language.value !== "zh" || typeof reason !== "string") return reason;
  load();
  return (rows.value && inChinese(rows.value, reason)) ?? reason;
}
