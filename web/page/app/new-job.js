// What the new-job form makes of its fields: pure functions between text and the API's request.

export const DEFAULTS = { concurrency: 10, timeout_s: 30, retries: 3 };
// The upper limits are the server's settings: it names them when it refuses.
export const BOUNDS = {
  concurrency: { min: 1, step: 1 },
  timeout_s: { min: 1, step: 1 },
  retries: { min: 0, step: 1 },
};

export const EMPTY = { name: "", text: "", file: null, spec: DEFAULTS };

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

export function request({ name, text, file, spec, start }) {
  const items = file ? null : parseItems(text);
  const job = { kind: "fetch", name: name.trim() || nameFor(items ?? [], file), spec, start };
  return file ? job : { ...job, items };
}
