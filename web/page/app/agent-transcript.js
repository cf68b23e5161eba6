// How one task goes: its transcript, read on as it grows, and what it is to the eye: runs of rounds,
// each with its calls, what tools did, and the verdict. Made by the task's view for one task.
import { signal } from "../vendor/signals.js";

// What is longer is read from the file.
const MOST_RECORDS = 20000;
const MOST_PAGES = 50;

export class Transcript {
  #api;
  #jobId;
  #item;
  #next = 0; // the last piece that is known; written by #readOnce
  #tag = null; // of the last answer; written by #readOnce
  #reading = false; // written by read
  #again = false; // somebody asked meanwhile; written by read

  constructor(api, jobId, item) {
    this.#api = api;
    this.#jobId = jobId;
    this.#item = item;
    this.records = signal(null); // null until the server has said something
    this.task = signal(null); // `{dir, prompt}`
    this.error = signal(null);
    this.isCut = signal(false);
  }

  // Reads on to the end. One who asks while that is done has it done once more.
  async read() {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    try {
      do {
        this.#again = false;
        for (let page = 0; page < MOST_PAGES && (await this.#readOnce()); page += 1);
      } while (this.#again);
      this.error.value = null;
    } catch (error) {
      if (!error.code) throw error;
      this.error.value = error;
    } finally {
      this.#reading = false;
    }
  }

  // Whether there is more.
  async #readOnce() {
    const known = this.records.peek() ?? [];
    if (known.length >= MOST_RECORDS) {
      this.isCut.value = true;
      return false;
    }
    const said = await this.#api.transcript(this.#jobId, this.#item, this.#next, this.#tag);
    if (said === null) return false;
    // An answer is known by its tag only to the question that it was the answer to.
    this.#tag = said.next === this.#next ? said.tag : null;
    this.#next = said.next;
    this.task.value ??= { dir: said.dir, prompt: said.prompt };
    if (said.records.length > 0 || this.records.peek() === null)
      this.records.value = [...known, ...said.records];
    return said.more;
  }
}

const NOTHING = { calls: 0, tokens: 0, unknown: 0 };

const newRound = (run, round) => ({
  key: `${run}.${round}`,
  run,
  round,
  entries: [],
  verdict: null,
  sums: NOTHING,
});

const sumsWith = (sums, { calls = 1, prompt_tokens: asked, completion_tokens: said, cost_usd: usd }) => ({
  calls: sums.calls + calls,
  tokens: sums.tokens + asked + said,
  unknown: sums.unknown + (usd === null ? calls : 0),
});

// What a tool did belongs to the newest call that named it so.
function place(entries, record) {
  for (const entry of [...entries].reverse()) {
    const use = entry.type === "call" && entry.uses.find((one) => one.id === record.id && !one.did);
    if (use) {
      use.did = record;
      return true;
    }
  }
  return false;
}

const usesOf = (record) => (record.tool_calls ?? []).map((call) => ({ ...call, did: null }));

// The rounds of a transcript, each `{key, run, round, entries, verdict, sums}`, with `end` where a
// run has ended in it. An entry is a call with what its tools did (`uses`), or a record as it came.
export function roundsOf(records) {
  const rounds = [];
  let run = 1;
  const at = (round) => {
    const last = rounds.at(-1);
    if (last && last.run === run && last.round === round) return last;
    rounds.push(newRound(run, round));
    return rounds.at(-1);
  };
  for (const record of records) {
    const { type } = record;
    if (type === "begin") {
      run = record.run ?? run;
      continue;
    }
    // Of a folder that was put back, the round is the one that it was put back to.
    const said = type === "restored" ? undefined : record.round;
    const round = at(said ?? rounds.at(-1)?.round ?? 0);
    if (type === "call") {
      round.sums = sumsWith(round.sums, record);
      round.entries.push({ ...record, uses: usesOf(record) });
    } else if (type === "verdict") round.verdict = record;
    else if (type === "end") round.end = record;
    else if (type !== "tool" || !place(round.entries, record)) round.entries.push(record);
  }
  return rounds;
}

// Exact sums of decimals: figures in whole units of 10^-12, which is what the server counts in.
const DIGITS = 12;

export function sumOf(texts) {
  let total = 0n;
  for (const text of texts) {
    const [whole, behind = ""] = String(text).split(".");
    if (!/^\d+$/.test(whole) || !/^\d*$/.test(behind)) continue;
    total += BigInt(whole + behind.slice(0, DIGITS).padEnd(DIGITS, "0"));
  }
  const digits = total.toString().padStart(DIGITS + 1, "0");
  const whole = digits.slice(0, -DIGITS);
  const behind = digits.slice(-DIGITS).replace(/0+$/, "");
  return behind ? `${whole}.${behind}` : whole;
}

// What all calls of a transcript came to, in the words of a spend.
export function spendOf(records) {
  const calls = records.filter(({ type }) => type === "call");
  const known = calls.filter(({ cost_usd: usd }) => usd !== null && usd !== undefined);
  const sum = (name) => calls.reduce((all, one) => all + (one[name] ?? 0), 0);
  return {
    calls: calls.reduce((all, { calls: n = 1 }) => all + n, 0),
    prompt_tokens: sum("prompt_tokens"),
    completion_tokens: sum("completion_tokens"),
    usd: calls.length > 0 && known.length === 0 ? null : sumOf(known.map((one) => one.cost_usd)),
    unpriced: calls.reduce(
      (all, one) => all + (one.unpriced ?? (one.cost_usd === null ? 1 : 0)),
      0,
    ),
    counted: calls.filter(({ usage_from: from }) => from === "counted").length,
  };
}

// JSON as people read it; what is none as it came.
export function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

// What a call of a tool is about, in a word: the path or the pattern that it names.
export function subjectOf({ arguments: text }) {
  try {
    const { path, file_path: file, pattern, command, dir_path: dir } = JSON.parse(text);
    const said = path ?? file ?? pattern ?? command ?? dir;
    return typeof said === "string" ? said : "";
  } catch {
    return "";
  }
}

// The lines of a difference, each with what it is: `head`, `hunk`, `added`, `removed` or `same`.
// Heads stand before the first hunk; behind it, such a line is one of the file's.
export function linesOf(diff) {
  const lines = diff.split("\n");
  if (lines.at(-1) === "") lines.pop();
  let isHead = true;
  return lines.map((text) => {
    isHead &&= !text.startsWith("@@");
    return { text, kind: isHead && /^(\+\+\+|---)/.test(text) ? "head" : kindOf(text) };
  });
}

const KINDS = { "@@": "hunk", "+": "added", "-": "removed" };

const kindOf = (line) => KINDS[line.slice(0, 2)] ?? KINDS[line[0]] ?? "same";

export function countsOf(lines) {
  const many = (kind) => lines.filter((line) => line.kind === kind).length;
  return { added: many("added"), removed: many("removed") };
}
