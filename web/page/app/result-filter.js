// What the fields above the results make of their text: the filters of the API. Pure.

export const NOTHING = { text: "", http: "" };

// One of these, with commas between: 200, 4xx, 200-299, none.
const PART = String.raw`(?:[1-9]\d{2}(?:-[1-9]\d{2})?|[1-5]xx|none)`;
const HTTP = new RegExp(`^${PART}(?:,${PART})*$`, "i");

const plain = (text) => text.replace(/\s+/g, "");

export const isHttp = (text) => plain(text) === "" || HTTP.test(plain(text));

// What is not whole yet filters nothing.
export function whereOf({ text, http }) {
  const where = {};
  if (text.trim() !== "") where.text = text.trim();
  if (plain(http) !== "" && isHttp(http)) where.http_status = plain(http).toLowerCase();
  return where;
}

// Jobs of these kinds have answers with an HTTP status.
export const hasHttp = (job) => job.kind === "fetch" || job.kind === "visit";
