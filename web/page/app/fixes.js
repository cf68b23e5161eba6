// What may be done about a cause of failure: which acts help, and what a changed field would be.
// Pure functions.

// The acts that help against it, the best first. `show` is always there besides.
const ACTS = {
  slower: ["slow", "retry"],
  later: ["retry", "slow"],
  timeout: ["change", "retry"],
  refused: ["change", "retry"],
  missing: [],
  poisoned: ["retry"],
  raise_cap: ["costs", "retry"],
  tomorrow: ["retry"],
  task_cap: [],
  go_on: ["retry"],
  value: [],
  no_value: [],
  look: ["retry"],
};

// The field that is asked for, by the advice and the kind of job.
const FIELDS = {
  timeout: { fetch: "timeout_s", visit: "timeout_s", crawl: "timeout_s", agent: "time_limit_s",
    generate: "timeout_s", document: "timeout_s" },
  refused: { fetch: "headers", visit: "headers", crawl: "headers" },
};
const MOST_S = { visit: 600, fetch: 600, crawl: 600, generate: 3600, document: 3600 };
// Kinds whose items ask hosts, one item a host.
const ASKING = new Set(["fetch", "visit", "crawl", "tab"]);

export const fieldFor = (job, advice) => FIELDS[advice]?.[job.kind] ?? null;

// The host that would be slowed; null where that is not known, or helps nothing.
export function hostFor(job, cause) {
  if (!ASKING.has(job.kind)) return null;
  return cause.host && cause.host !== "-" ? cause.host : (cause.hosts[0]?.host ?? null);
}

export function actsFor(job, cause) {
  if (cause.filter === null) return [];
  return (ACTS[cause.advice] ?? ACTS.look).filter((act) => {
    if (act === "slow") return hostFor(job, cause) !== null;
    if (act === "change") return fieldFor(job, cause.advice) !== null;
    return act !== "costs" || job.kind === "agent";
  });
}

// What a field might be instead: twice the time. Headers as they are, those that are kept left out.
export function suggested(job, field, spec) {
  const now = spec[field];
  if (field === "headers") return headersText(now ?? {});
  return String(Math.min(MOST_S[job.kind] ?? 86400, 2 * (now ?? 30)));
}

const isKept = (value) => typeof value === "object" && value !== null;

const headersText = (headers) =>
  Object.entries(headers)
    .filter(([, value]) => !isKept(value))
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");

// The names of headers whose values the server keeps to itself.
export const keptHeaders = (headers) =>
  Object.keys(headers ?? {}).filter((name) => isKept(headers[name]));

// What was typed as the field's value: `{value}`, or `{wrong: line}` for a line that is no header.
export function typed(field, text, spec) {
  if (field !== "headers") return { value: Number(text) };
  const value = {};
  const before = spec.headers ?? {};
  for (const name of keptHeaders(before)) value[name] = before[name];
  for (const line of text.split("\n").filter((one) => one.trim() !== "")) {
    const at = line.indexOf(":");
    if (at < 1) return { wrong: line.trim() };
    const name = line.slice(0, at).trim();
    for (const known of Object.keys(value))
      if (known.toLowerCase() === name.toLowerCase()) delete value[known];
    value[name] = line.slice(at + 1).trim();
  }
  return { value };
}
