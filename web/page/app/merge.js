// Two who changed the same list of journeys: what the server has now, taken together with what is
// being edited here. Pure.
import { fromWire, toWire } from "./journeys.js";

const FIELDS = ["name", "url", "path", "generated", "not_before", "expires_at", "completed"];

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const idsOf = (journeys) => journeys.map(({ id }) => id);

// `base` is what both began with and `theirs` what the server has, as the API writes them; `ours`
// are drafts. Returns drafts, or null where both changed the same thing.
export function merge(base, theirs, ours) {
  const mine = ours.map(toWire);
  if (same(mine, base)) return renewed(theirs, ours);
  if (!same(idsOf(base), idsOf(theirs))) return null;
  const before = new Map(base.map((journey) => [journey.id, journey]));
  const after = new Map(theirs.map((journey) => [journey.id, journey]));
  const merged = ours.map((draft) => mergeOne(before.get(draft.id), after.get(draft.id), draft));
  return merged.includes(null) ? null : merged;
}

function mergeOne(base, theirs, draft) {
  if (base === undefined) return draft; // ours alone: it is new
  const mine = toWire(draft);
  const news = FIELDS.filter((name) => !same(base[name], theirs[name]));
  if (news.some((name) => !same(base[name], mine[name]) && !same(mine[name], theirs[name])))
    return null;
  return news.length === 0 ? draft : followed(draft, { ...mine, ...pick(theirs, news) });
}

const pick = (journey, names) => Object.fromEntries(names.map((name) => [name, journey[name]]));

// The draft with news from the server: its key stays, and so do its steps where they are the same,
// and where each does what it did: the answer to what was sent is without its secrets.
function followed(draft, journey) {
  const fresh = fromWire(journey);
  const steps = same(toWire(fresh).path, toWire(draft).path) ? draft.steps : rekeyed(fresh, draft);
  return { ...fresh, key: draft.key, steps };
}

function rekeyed(fresh, draft) {
  const kindsOf = ({ steps }) => steps.map(({ step }) => step.do);
  if (!same(kindsOf(fresh), kindsOf(draft))) return fresh.steps;
  return fresh.steps.map(({ step }, at) => ({ key: draft.steps[at].key, step }));
}

// What the server has, and nothing else; what is known of it here keeps its key.
export function renewed(theirs, ours) {
  const known = new Map(ours.map((draft) => [draft.id, draft]));
  return theirs.map((journey) => {
    const draft = known.get(journey.id);
    return draft ? followed(draft, journey) : fromWire(journey);
  });
}
