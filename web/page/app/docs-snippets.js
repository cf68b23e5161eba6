// One operation as a command or a program: what to type to have it done. Pure.
// `asked`: `{base, path, query, headers, body}`, the path filled in, `body` a value or null.
import { escaped } from "./visible.js";

const shell = (text) => `'${String(text).replaceAll("'", `'\\''`)}'`;
// Whoever pastes a program has seen all of it.
export const json = (value, indent) => escaped(JSON.stringify(value, null, indent));
const pretty = (value) => json(value, 2);

// JSON as Python writes it.
export function python(value, indent = "") {
  const inner = `${indent}    `;
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[\n${value.map((one) => `${inner}${python(one, inner)},\n`).join("")}${indent}]`;
  }
  if (typeof value === "object") {
    const lines = Object.entries(value).map(
      ([name, one]) => `${inner}${json(name)}: ${python(one, inner)},\n`,
    );
    return lines.length === 0 ? "{}" : `{\n${lines.join("")}${indent}}`;
  }
  return json(value);
}

export function addressOf({ base, path, query }) {
  const asked = new URLSearchParams(query).toString();
  return `${base}${path}${asked ? `?${asked}` : ""}`;
}

const headersOf = ({ headers, body }) =>
  Object.entries(body === null ? headers : { ...headers, "Content-Type": "application/json" });

export function asCurl(asked) {
  const { method, body } = asked;
  const parts = [`curl --fail-with-body ${method === "GET" ? "" : `-X ${method} `}${shell(addressOf(asked))}`];
  for (const [name, value] of headersOf(asked)) parts.push(`  -H ${shell(`${name}: ${value}`)}`);
  if (body !== null) parts.push(`  --data ${shell(json(body))}`);
  return parts.join(" \\\n");
}

export function asPython(asked) {
  const { method, body } = asked;
  const headers = Object.fromEntries(headersOf(asked));
  return [
    ...(body === null ? [] : ["import json"]),
    "import urllib.request",
    "",
    ...(body === null ? [] : [`body = ${python(body)}`]),
    "request = urllib.request.Request(",
    `    ${json(addressOf(asked))},`,
    ...(body === null ? [] : ["    data=json.dumps(body).encode(),"]),
    ...(Object.keys(headers).length === 0 ? [] : [`    headers=${python(headers, "    ")},`]),
    `    method=${json(method)},`,
    ")",
    "with urllib.request.urlopen(request) as answer:",
    "    print(answer.read().decode())",
  ].join("\n");
}

export function asJavaScript(asked) {
  const { method, body } = asked;
  const headers = Object.fromEntries(headersOf(asked));
  const options = [
    ...(method === "GET" ? [] : [`  method: ${json(method)},`]),
    ...(Object.keys(headers).length === 0
      ? []
      : [`  headers: ${pretty(headers).replaceAll("\n", "\n  ")},`]),
    ...(body === null ? [] : [`  body: JSON.stringify(${pretty(body).replaceAll("\n", "\n  ")}),`]),
  ];
  const given = options.length === 0 ? "" : `, {\n${options.join("\n")}\n}`;
  return [
    `const response = await fetch(${json(addressOf(asked))}${given});`,
    "if (!response.ok) throw new Error(await response.text());",
    "console.log(await response.text());",
  ].join("\n");
}

export const LANGUAGES = { curl: asCurl, python: asPython, javascript: asJavaScript };

// What they are called, in every language alike.
export const NAMES = { curl: "curl", python: "Python", javascript: "JavaScript", cli: "nightdesk" };
