// What was taken from pages, as it is shown: a text, a list or a table; in a row of items, a cell.
// Pure.

const isRow = (value) => Array.isArray(value);
const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

const textOf = (value) =>
  typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);

// So many values have a column of their own in the table of items; the rest is in each outcome.
const MAX_COLUMNS = 3;

// The names of values that these outcomes have, as they come.
export const namesOf = (outcomes) =>
  [...new Set(outcomes.flatMap(({ extracted }) => Object.keys(extracted ?? {})))].slice(
    0,
    MAX_COLUMNS,
  );

// A value on one line; "" for none.
export function cellOf(outcome, name) {
  const value = outcome.extracted?.[name] ?? null;
  return isRow(value) ? value.map(textOf).join(", ") : textOf(value);
}

// {text} | {list} | {columns, rows}, all of them texts; `columns` is null where nothing names them.
export function shapeOf(value) {
  if (!Array.isArray(value)) return isRecord(value) ? tableOf([value]) : { text: textOf(value) };
  if (value.length > 0 && value.every(isRow))
    return { columns: null, rows: value.map((row) => row.map(textOf)) };
  if (value.length > 0 && value.every(isRecord)) return tableOf(value);
  return { list: value.map(textOf) };
}

function tableOf(records) {
  const columns = [...new Set(records.flatMap(Object.keys))];
  const rows = records.map((record) => columns.map((name) => textOf(record[name] ?? "")));
  return { columns, rows };
}

// To be pasted into a spreadsheet: a line a row, tabs between cells.
export function copyText({ text, list, columns, rows }) {
  if (text !== undefined) return text;
  if (list !== undefined) return list.join("\n");
  const line = (cells) => cells.map((cell) => cell.replace(/[\t\r\n]+/g, " ")).join("\t");
  return [...(columns ? [columns] : []), ...rows].map(line).join("\n");
}
