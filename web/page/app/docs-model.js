// The API's description, as the page reads it. Pure: groups, operations, what their bodies hold, and
// an example of each.
const METHODS = ["get", "post", "put", "patch", "delete"];
const REF = "#/components/schemas/";
const DEPTH = 6;
const FIRST_ERROR = 400;

const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

// Two of anything would say no more than one.
const EXAMPLES = {
  boolean: false,
  integer: 1,
  number: 1,
  string: "text",
};

export class Description {
  constructor(document) {
    this.version = document.info.version;
    this.schemas = document.components.schemas;
    this.operations = Object.entries(document.paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method]).map((method) => operationOf(path, method, item[method])),
    );
    this.groups = document.tags
      .map(({ name, description }) => ({
        name,
        description,
        operations: this.operations.filter((one) => one.group === name),
      }))
      .filter(({ operations }) => operations.length > 0);
  }

  // Those in which every word of the text occurs somewhere.
  found(text) {
    const wanted = words(text);
    return this.operations.filter((one) => wanted.every((word) => one.searched.includes(word)));
  }

  operation(id) {
    return this.operations.find((one) => one.id === id) ?? null;
  }

  // What a `$ref` stands for, with the name of it.
  resolved(schema) {
    if (!schema?.$ref) return { name: null, schema: schema ?? {} };
    const name = schema.$ref.slice(REF.length);
    return { name, schema: this.schemas[name] ?? {} };
  }

  // One line for each field: `{name, type, required, limits, note, ref}`.
  fieldsOf(schema) {
    const { schema: found } = this.resolved(schema);
    const required = new Set(found.required ?? []);
    return Object.entries(found.properties ?? {}).map(([name, field]) => ({
      name,
      required: required.has(name),
      ...this.told(field),
    }));
  }

  // Type, limits and note of one schema, in the words of JSON Schema.
  told(schema) {
    const { name, schema: found } = this.resolved(schema);
    return { type: this.typeOf(schema), limits: limitsOf(found), note: found.description ?? "", ref: name };
  }

  typeOf(schema) {
    const { name, schema: found } = this.resolved(schema);
    if (name && found.type === "object") return name;
    const several = found.anyOf ?? found.oneOf;
    if (several) return several.map((one) => this.typeOf(one)).join(" | ");
    if (found.enum) return found.enum.map((one) => JSON.stringify(one)).join(" | ");
    if (found.const !== undefined) return JSON.stringify(found.const);
    if (found.type === "array") return found.items ? `[${this.typeOf(found.items)}]` : "[…]";
    if (found.type === "object" && found.additionalProperties?.type)
      return `{…: ${this.typeOf(found.additionalProperties)}}`;
    return found.type ?? "any";
  }

  // What a request or an answer could look like.
  example(schema, depth = DEPTH) {
    const { schema: found } = this.resolved(schema);
    if (found.default !== undefined && found.default !== null) return found.default;
    if (found.enum) return found.enum[0];
    if (found.const !== undefined) return found.const;
    const several = found.anyOf ?? found.oneOf;
    if (several) return this.example(several.find((one) => one.type !== "null") ?? {}, depth);
    if (found.type === "array") return depth > 0 && found.items ? [this.example(found.items, depth - 1)] : [];
    if (found.type === "object" || found.properties) return this.exampleObject(found, depth);
    if (found.format === "date-time") return "2026-11-22T03:01:00.123Z";
    if (found.minimum !== undefined) return Math.max(found.minimum, EXAMPLES[found.type] ?? 0);
    return EXAMPLES[found.type] ?? null;
  }

  exampleObject(found, depth) {
    if (depth <= 0) return {};
    const fields = Object.entries(found.properties ?? {});
    return Object.fromEntries(fields.map(([name, field]) => [name, this.example(field, depth - 1)]));
  }

  // The body that a request needs at least: its required fields.
  leastBody(schema) {
    const { schema: found } = this.resolved(schema);
    const least = (found.required ?? []).map((name) => [name, this.example(found.properties[name], 2)]);
    return Object.fromEntries(least);
  }
}

function operationOf(path, method, said) {
  const body = said.requestBody?.content ?? {};
  const needs = said.security.some((one) => "admin" in one) ? "admin" : said.security.length > 0 ? "desk" : "nothing";
  const one = {
    id: said.operationId,
    method: method.toUpperCase(),
    path,
    summary: said.summary,
    group: said.tags[0],
    needs,
    parameters: said.parameters,
    body: body["application/json"]?.schema ?? null,
    form: body["multipart/form-data"]?.schema ?? null,
    socket: "101" in said.responses,
    answers: answersOf(said.responses, (status) => status < FIRST_ERROR),
    errors: answersOf(said.responses, (status) => status >= FIRST_ERROR),
  };
  const names = one.parameters.map(({ name }) => name).join(" ");
  one.searched = `${one.method} ${path} ${one.id} ${one.summary} ${names}`.toLowerCase();
  return one;
}

const answersOf = (responses, isWanted) =>
  Object.entries(responses)
    .filter(([status]) => isWanted(Number(status)))
    .map(([status, { description, content = {} }]) => ({
      status,
      description,
      type: Object.keys(content)[0] ?? "",
      schema: content["application/json"]?.schema ?? null,
    }));

function limitsOf(schema) {
  const several = schema.anyOf?.find((one) => one.type !== "null") ?? {};
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, pattern } = { ...several, ...schema };
  const range = (low, high, unit) =>
    [
      [low === undefined && high === undefined, () => null],
      [high === undefined, () => `≥ ${low}${unit}`],
      [low === undefined, () => `≤ ${high}${unit}`],
      [true, () => `${low}…${high}${unit}`],
    ].find(([holds]) => holds)[1]();
  const fallback = schema.default;
  return [
    range(minimum, maximum, ""),
    range(minLength, maxLength, " chars"),
    range(minItems, maxItems, " items"),
    pattern ? `/${pattern}/` : null,
    fallback === undefined ? null : `= ${JSON.stringify(fallback)}`,
  ]
    .filter(Boolean)
    .join(", ");
}
