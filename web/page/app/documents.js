// What the form of a job of documents makes of its fields. Pure; which names come of a pattern, and
// how many rows a filter lets through, is the server's to say.

// What a template of each format can become.
const BECOMES = {
  docx: ["docx", "pdf"],
  html: ["html", "pdf"],
  md: ["md", "html", "pdf"],
  txt: ["txt"],
};
export const LOCALES = ["en", "en-GB", "zh", "de", "fr", "es", "it", "ja"];
export const MODES = ["parallel", "sequential"];

// `templates` and `source` are ids; `mappings` the columns that were chosen here, by template and
// field; `file_name` is null while nobody has written one.
export const EMPTY_DOCUMENTS = {
  templates: [],
  source: null,
  mappings: {},
  format: "",
  file_name: null,
  missing: "error",
  filter: "",
  limit: "",
  mode: "parallel",
  locale: "",
  stop_on_failure: false,
};

// Those that all the chosen templates can become. A PDF is made by one program in a job: of Word
// documents by another than of text.
export function formatsOf(templates) {
  const all = templates.map(({ format }) => BECOMES[format] ?? []);
  const shared = (all[0] ?? []).filter((format) => all.every((one) => one.includes(format)));
  const word = templates.filter(({ format }) => format === "docx").length;
  const mixed = word > 0 && word < templates.length;
  return mixed ? shared.filter((format) => format !== "pdf") : shared;
}

export const formatOf = (draft, templates) => {
  const possible = formatsOf(templates);
  return possible.includes(draft.format) ? draft.format : (possible[0] ?? "");
};

// By the first column, which is most often a name, and the number of the row, which makes it unique.
export const patternFor = (columns) =>
  columns.length === 0 ? "{{ _index }}" : `{{ ${columns[0].name} }}-{{ _index }}`;

export const patternOf = (draft, columns) => draft.file_name ?? patternFor(columns);

export const withField = (pattern, name) => `${pattern}{{ ${name} }}`;

// Each field with the column that fills it: the one that was chosen here, else the one that has its
// name, or nearly.
export function filled(match, chosen = {}) {
  return match.fields.map((field) => {
    const mine = chosen[field.key];
    const column = mine === undefined ? field.column : mine || null;
    const how = mine === undefined ? field.how : mine ? "chosen" : "none";
    return { ...field, column, how, isMissing: field.required && column === null };
  });
}

export const missingOf = (fields) => fields.filter((field) => field.isMissing);

// The columns that no field of any template takes; `many` are lists of filled fields.
export function unusedOf(columns, many) {
  const used = new Set(many.flat().map(({ column }) => column));
  return columns.map(({ name }) => name).filter((name) => !used.has(name));
}

// What the job has to be told: a column by the field's own name needs no telling.
function mappingOf(fields) {
  const told = fields.filter(({ column, how }) => column !== null && how !== "same");
  return Object.fromEntries(told.map(({ key, column }) => [key, column]));
}

// `matches` are the server's reports, by template; null where there is none yet.
export function specOf(draft, { templates, columns, matches }) {
  const mappings = {};
  for (const { id } of templates) {
    const told = matches[id] ? mappingOf(filled(matches[id], draft.mappings[id])) : {};
    if (Object.keys(told).length > 0) mappings[id] = told;
  }
  const spec = {
    templates: templates.map(({ id }) => id),
    data_source: draft.source,
    format: formatOf(draft, templates),
    file_name: patternOf(draft, columns),
    missing: draft.missing,
    mode: draft.mode,
    mappings,
  };
  if (draft.filter.trim() !== "") spec.filter = draft.filter.trim();
  if (Number.isInteger(draft.limit)) spec.limit = draft.limit;
  if (draft.locale !== "") spec.locale = draft.locale;
  if (draft.stop_on_failure) spec.stop_on_failure = true;
  return spec;
}

// What was chosen for one table holds for another with the same columns: that is the same table,
// mended. `before` and `after` are what was found in them, null where nobody has looked.
export function withTable(source, before, after) {
  const names = (found) => JSON.stringify(found.columns.map(({ name }) => name));
  const isSame = before === null || (after !== null && names(before) === names(after));
  return isSame ? { source } : { source, mappings: {}, file_name: null, filter: "" };
}

// The server reads no filter that is longer.
const MOST_FILTER_CHARS = 2000;

// The rows that outcomes are of as a filter names them, from 1; null where it would be too long.
export function filterOf(outcomes) {
  const rows = [...new Set(outcomes.map(({ row }) => row + 1))].sort((a, b) => a - b);
  const filter = `_row in [${rows.join(", ")}]`;
  return rows.length > 0 && filter.length <= MOST_FILTER_CHARS ? filter : null;
}

// The form with what a job was asked for, of the rows of that filter.
export function draftOf(spec, filter) {
  const told = ({ id, mappings }) => [id, mappings];
  return {
    ...EMPTY_DOCUMENTS,
    templates: spec.templates.map(({ id }) => id),
    source: spec.data_source,
    mappings: Object.fromEntries(spec.templates.map(told)),
    format: spec.format,
    file_name: spec.file_name,
    missing: spec.missing,
    mode: spec.mode,
    locale: LOCALES.includes(spec.locale) ? spec.locale : "",
    stop_on_failure: spec.stop_on_failure,
    filter,
  };
}

// What a picture depends on: neither the names nor the pace.
export function pictured({ file_name: _, mode, stop_on_failure: __, ...rest }) {
  return rest;
}

export const nameFor = (templates, source) =>
  [templates.map(({ name }) => name).join(", "), source?.name].filter(Boolean).join(" · ");

// Pasted rows are a file like any other: a table of cells, or JSON where it begins like that.
export function pastedFile(text, name) {
  const isJson = text.trimStart().startsWith("[");
  const type = isJson ? "application/json" : "text/csv";
  return new File([text], `${name}.${isJson ? "json" : "csv"}`, { type });
}

// Where a job's rows have several templates, its documents stand in a folder of each.
export const fileName = (path) => path.split("/").at(-1);
