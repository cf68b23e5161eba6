// Failures grouped by cause ("37 × 429 from example.com"), and what would help against each: pure
// functions over outcomes.

function hostOf(url) {
  try {
    return new URL(url).host;
  } catch {
    return String(url);
  }
}

// The error's own words without what differs from item to item (addresses, numbers, quotes).
// Those of a journey begin with the step that it failed at, and how long it was waited for; those of
// a document with its row.
const BEFORE = /^(step \d+ of \d+ \(.*?\): )?(waited [\d.]+ s: )?(row [\d,]+: )?/;
const MOST_CHARS = 100;
const gist = (error) =>
  String(error ?? "")
    .replace(BEFORE, "")
    .split(/[:(]/)[0]
    .trim()
    .slice(0, MOST_CHARS);

// What a template says of a value comes after the template's name, and begins with the value, which
// is another one in each row: "template 'Letter': 'soon' is not a date; 2026-01-31 is one".
const VALUE = /^template ('|").*?\1: ('|").*?\2 (is not )/;

function causeOfDocument(error) {
  const told = String(error ?? "").replace(BEFORE, "");
  if (VALUE.test(told)) return { what: gist(told.replace(VALUE, "… $3")), advice: "value" };
  const words = gist(told.replace(/^template ('|").*?\1: /, "")) || "?";
  return { what: words, advice: /has no value/.test(words) ? "no_value" : "look" };
}

export function causeOf(outcome) {
  if (outcome.status === "poisoned") return { what: "poisoned", advice: "poisoned" };
  // A task of an agent that came to a limit.
  if (outcome.ended_as === "timeout") {
    const advice = outcome.stop === "budget" ? "raise_cap" : "go_on";
    return { what: `agent.stop.${outcome.stop}`, advice };
  }
  const code = outcome.http_status;
  if (code === 429 || code === 503) return { what: String(code), advice: "slower" };
  if (code === 401 || code === 403) return { what: String(code), advice: "refused" };
  if (code === 404 || code === 410) return { what: String(code), advice: "missing" };
  if (code >= 500) return { what: String(code), advice: "later" };
  if (code >= 400) return { what: String(code), advice: "look" };
  if (outcome.template !== undefined) return causeOfDocument(outcome.error);
  const words = gist(outcome.error);
  // It had not begun when there was no room left.
  if (/^the job's cap of /.test(words)) return { what: words, advice: "raise_cap" };
  return { what: words || "?", advice: /time/i.test(words) ? "timeout" : "look" };
}

// [{what, host, advice, n}], the most frequent first; `host` is null where no site was asked.
export function group(outcomes) {
  const groups = new Map();
  for (const outcome of outcomes) {
    const { what, advice } = causeOf(outcome);
    const address = outcome.final_url ?? outcome.url;
    const host = address === undefined ? null : hostOf(address);
    const key = `${what} ${host}`;
    const known = groups.get(key) ?? { what, host, advice, n: 0 };
    groups.set(key, { ...known, n: known.n + 1 });
  }
  return [...groups.values()].sort((a, b) => b.n - a.n);
}
