// Which items are looked at, in what order, as the address says it behind the name of the tab:
// `#items?status=failed&cause=429&sort=time&order=desc`. Pure. The names are those of the API.

// What is sorted by, by the columns of the table.
export const SORTS = {
  index: "index",
  status: "status",
  time: "duration",
  attempts: "attempts",
  result: "result",
};

const PLAIN = [
  "text",
  "http_status",
  "host",
  "cause",
  "attempts_from",
  "duration_from_ms",
  "duration_to_ms",
  "ended_from",
  "ended_to",
];
const isFilter = (name) => PLAIN.includes(name) || name.startsWith("extracted.");

export const NOTHING = { status: "", sort: "index", down: false, where: {} };

export function parseQuery(text) {
  const said = new URLSearchParams(text);
  const where = {};
  for (const [name, value] of said) if (isFilter(name) && value !== "") where[name] = value;
  return {
    status: said.get("status") ?? "",
    sort: said.get("sort") ?? "index",
    down: said.get("order") === "desc",
    where,
  };
}

// "" where there is nothing to say.
export function queryText({ status, sort, down, where }) {
  const said = new URLSearchParams(where);
  if (status) said.set("status", status);
  if (sort !== "index") said.set("sort", sort);
  if (down) said.set("order", "desc");
  return said.toString();
}

// The filters of what is shown, for a retry, an export and a repeat.
export const filterOf = ({ status, where }) => (status ? { ...where, status } : where);

export const isFiltered = ({ where }) => Object.keys(where).length > 0;

// A column's next order: up, down, and as before.
export function sortedBy(query, sort) {
  if (query.sort !== sort) return { ...query, sort, down: sort !== "index" };
  if (query.down === (sort !== "index")) return { ...query, down: !query.down };
  return { ...query, sort: "index", down: false };
}

// Whether the server has filters that are shown as they are, and not in a field of their own.
export const asChips = (where) =>
  Object.entries(where).filter(([name]) => name !== "text" && name !== "http_status");
