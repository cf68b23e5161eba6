// Journeys as the page holds them while they are edited, and as the API has them: pure functions.
// A draft has a `key` of its own, which stays when the server gives it an id; so has every step.

let made = 0; // counts keys; they need only differ
const newKey = (of) => {
  made += 1;
  return `${of}-${made}`;
};

export const keyed = (step) => ({ key: newKey("step"), step });

export function fromWire(journey) {
  return {
    key: journey.id ?? newKey("new"),
    id: journey.id ?? null,
    name: journey.name ?? "",
    url: journey.url ?? "",
    steps: (journey.path ?? []).map(keyed),
    generated: Boolean(journey.generated),
    not_before: journey.not_before ?? null,
    expires_at: journey.expires_at ?? null,
    completed: Boolean(journey.completed),
  };
}

// Whether the server keeps what the step fills in: it is told to nobody.
export const isKept = (step) => step.secret === true && step.value === null;

// A step without what it fills in secretly.
function open(step) {
  const { value: _, ...rest } = step;
  return step.secret === true ? rest : step;
}

export const pathOf = (draft) =>
  draft.steps.length === 0 ? null : draft.steps.map(({ step }) => step);

// In one order of fields, so that equal journeys are equal texts.
export function toWire(draft) {
  const { id, name, url, generated, not_before, expires_at, completed } = draft;
  const path = pathOf(draft);
  const journey = { name, url, path, generated, not_before, expires_at, completed };
  return id === null ? journey : { id, ...journey };
}

export const sameText = (drafts) => JSON.stringify(drafts.map(toWire));

// The journeys as one takes them away: an id means nothing on another desk, and a secret is not for
// a file.
export function exported(drafts) {
  const journeys = drafts.map((draft) =>
    toWire({ ...draft, id: null, steps: draft.steps.map(({ step }) => keyed(open(step))) }),
  );
  return `${JSON.stringify({ journeys }, null, 2)}\n`;
}

export class NotJourneys extends Error {}

// The journeys of a file: a list, or what an API answered with one in it. An entry may be an
// address. Whatever else they hold is the server's to judge.
export function imported(textOfFile) {
  let found;
  try {
    found = JSON.parse(textOfFile);
  } catch (cause) {
    throw new NotJourneys("json", { cause });
  }
  const list = Array.isArray(found) ? found : (found?.journeys ?? found?.tasks ?? found?.items);
  if (!Array.isArray(list) || list.length === 0) throw new NotJourneys("list");
  return list.map(oneImported);
}

function oneImported(entry) {
  if (typeof entry === "string") return fromWire({ url: entry, name: nameOf(entry) });
  if (typeof entry !== "object" || entry === null || Array.isArray(entry))
    throw new NotJourneys("list");
  const path = Array.isArray(entry.path) ? entry.path : null;
  return fromWire({ ...entry, path, id: null, name: entry.name || nameOf(entry.url) });
}

// A name where the user gave none: where it leads.
export function nameOf(url) {
  try {
    const { host, pathname } = new URL(url);
    return pathname === "/" ? host : `${host}${pathname}`;
  } catch {
    return String(url ?? "");
  }
}

// What the server keeps to itself it keeps for the one that was copied.
export function copyOf(draft, name) {
  const steps = draft.steps.map(({ step }) => keyed(isKept(step) ? open(step) : step));
  return { ...draft, key: newKey("new"), id: null, name, steps, completed: false };
}

// `list` with the entry at `from` moved to `to`; ends hold.
export function moved(list, from, to) {
  if (to < 0 || to >= list.length) return list;
  const rest = list.toSpliced(from, 1);
  return rest.toSpliced(to, 0, list[from]);
}

// Where a refusal belongs: {field, step key | null, part | null}. `path[3].selector` is the
// selector of the fourth step.
export function placeOf(draft, field) {
  const found = /^path\[(\d+)\](?:\.(.+))?$/.exec(field ?? "");
  const step = found && draft.steps[Number(found[1])];
  return step
    ? { field: "path", step: step.key, part: found[2] ?? null }
    : { field: field ?? null, step: null, part: null };
}

// What opens and closes a journey: "" | "early" | "late".
export function windowOf({ not_before, expires_at }, nowMs) {
  if (not_before !== null && Date.parse(not_before) > nowMs) return "early";
  if (expires_at !== null && Date.parse(expires_at) <= nowMs) return "late";
  return "";
}
