// Forms made of what the server says of a kind of job (JSON Schema, `/api/kinds`): how each field is
// typed, what is typed as the request says it, and a request as it is typed. Pure.
//
// What is typed of a field is text, a number, a truth, or, of objects and lists of them, the same of
// each of their fields. Nothing typed ("" or undefined) leaves a field to the server's default.
import { extractOf, rulesOf } from "./extract.js";
import { cookiesOf, headersOf } from "./run.js";

// Fields that are typed in a way of their own, by kind; every other field is drawn as its schema
// says. `components/spec-field.js` has their editors.
const OWN = { fetch: { extract: "extract" }, visit: { cookies: "cookies" } };

// A kind as the page draws it.
export function withOwn(entry) {
  const own = OWN[entry.kind] ?? {};
  if (entry.spec === null || entry.package !== "") return entry;
  const properties = { ...entry.spec.properties };
  for (const [name, way] of Object.entries(own))
    properties[name] = { ...properties[name], "x-own": way };
  return { ...entry, spec: { ...entry.spec, properties } };
}

const isObject = (schema) => schema.type === "object" && Boolean(schema.properties);

// How a field is typed.
export function typeOf(schema) {
  const { type, format, items } = schema;
  if (schema["x-own"]) return schema["x-own"];
  if (schema.enum) return "choice";
  if (schema.writeOnly) return "secret";
  if (["lines", "commas", "headers", "area", "money"].includes(format)) return format;
  if (isObject(schema)) return "object";
  if (type === "array" && items && isObject(items)) return "rows";
  const plain = { boolean: "flag", integer: "whole", number: "number", string: "text" };
  return plain[type] ?? "json";
}

const linesOf = (text, by) => text.split(by).map((one) => one.trim()).filter(Boolean);

// What is no JSON is handed on as text: the server says what is wrong with it.
function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

// Part of an object is all of it, with what is usual.
function objectOf(typed, schema) {
  const said = specOf(schema, typed, true);
  return Object.keys(said).length > 0 ? { ...(schema.default ?? {}), ...said } : said;
}

const isNothing = (typed) =>
  typed === undefined || (typeof typed === "string" && typed.trim() === "");

const WAYS = {
  lines: (typed) => linesOf(typed, /\r?\n/),
  commas: (typed) => linesOf(typed, /[,，\n]/),
  headers: headersOf,
  json: jsonOf,
  area: (typed) => typed,
  secret: (typed) => typed.trim(),
  text: (typed) => typed.trim(),
  money: (typed) => typed.trim(),
  object: objectOf,
  extract: extractOf,
  cookies: ({ text, site }) => (text.trim() === "" ? {} : cookiesOf(text, site)),
  rows: (typed, { items }) =>
    typed.map((row) => specOf(items, row, true)).filter((row) => Object.keys(row).length > 0),
};

const isEmpty = (said) => typeof said === "object" && said !== null && Object.keys(said).length === 0;

// What is typed of one field, as the request says it; undefined where it says nothing.
export function told(schema, typed) {
  if (isNothing(typed)) return undefined;
  const said = WAYS[typeOf(schema)]?.(typed, schema) ?? typed;
  return isEmpty(said) ? undefined : said;
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// The fields that say something else than the server does by itself; `whole` keeps those, too.
export function specOf(schema, values, whole = false) {
  const spec = {};
  for (const [name, field] of Object.entries(schema.properties)) {
    const said = told(field, values[name]);
    if (said !== undefined && (whole || !same(said, field.default))) spec[name] = said;
  }
  return spec;
}

const BACK = {
  lines: (said) => [].concat(said).join("\n"),
  commas: (said) => [].concat(said).join(", "),
  headers: (said) => Object.entries(said).map(([name, value]) => `${name}: ${value}`).join("\n"),
  json: (said) => JSON.stringify(said, null, 2),
  money: String,
  extract: rulesOf,
  cookies: (said) => ({ text: JSON.stringify(said), site: "" }),
  object: (said, schema) => typedOf(schema, said),
  rows: (said, { items }) => said.map((row) => typedOf(items, row)),
};

// A spec as it is typed. What is no field here is left out.
export function typedOf(schema, spec) {
  const values = {};
  for (const [name, field] of Object.entries(schema.properties)) {
    const said = spec[name];
    if (said === undefined || said === null) continue;
    values[name] = BACK[typeOf(field)]?.(said, field) ?? said;
  }
  return values;
}

// What a field is as long as nothing is typed: truths and choices begin with the default, or with
// what comes first.
export function valueOf(schema, values, name) {
  const field = schema.properties[name];
  const typed = values[name];
  if (typed !== undefined) return typed;
  const type = typeOf(field);
  if (type === "flag") return field.default ?? false;
  if (type === "choice") return field.default ?? "";
  if (type === "object") return {};
  if (type === "cookies") return { text: "", site: "" };
  return type === "rows" || type === "extract" ? [] : "";
}

// All of them, so that what is not typed can be asked for like the rest.
export const valuesOf = (schema, values) =>
  Object.fromEntries(
    Object.keys(schema.properties).map((name) => [name, valueOf(schema, values, name)]),
  );

// What a figure is, typed or usual; NaN where it is neither.
export const figureOf = (schema, values, name) => {
  const typed = values[name];
  return Number(isNothing(typed) ? (schema.properties[name].default ?? NaN) : typed);
};

// The fields of a form in its parts: figures side by side, ticks together, the rest one by one.
const FIGURES = ["whole", "number", "choice", "text", "money", "secret"];

export function partsOf(schema, names) {
  const of = (types) => names.filter((name) => types.includes(typeOf(schema.properties[name])));
  const wide = (name) => ![...FIGURES, "flag"].includes(typeOf(schema.properties[name]));
  return { figures: of(FIGURES), flags: of(["flag"]), areas: names.filter(wide) };
}

export function namesOf(schema) {
  const all = Object.keys(schema.properties);
  const isMore = (name) => schema.properties[name]["x-more"] === true;
  return { main: all.filter((name) => !isMore(name)), more: all.filter(isMore) };
}

// What a spec cannot be without, and is not typed.
export const lacking = (schema, values) =>
  (schema.required ?? []).filter((name) => told(schema.properties[name], values[name]) === undefined);

// Whether an item may be a plain text, typed on a line.
export const isPlain = (item) => (item?.anyOf ?? [item]).some((one) => one?.type === "string");
export const isAddress = (item) => (item?.anyOf ?? [item]).some((one) => one?.format === "uri");

// A refusal taken apart: what is wrong with which field, by its path in the spec, and all the rest.
// The server says `depth`, `spec.depth`, `loras[2].weight` or `extract[0].css`.
export function takenApart(error, known) {
  const wrong = Array.isArray(error?.details.errors) ? error.details.errors : [];
  const reasons = {};
  const rest = [];
  for (const one of wrong) {
    const path = String(one.field ?? "").replace(/^spec\./, "");
    const field = [path, path.replace(/\[.*$/, ""), path.split(".")[0]].find((name) => known.has(name));
    if (!Number.isInteger(one.index) && field !== undefined) reasons[field] ??= one.reason;
    else rest.push(one);
  }
  return { reasons, rest };
}
