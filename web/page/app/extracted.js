// What a journey took from pages, as it is shown: a text, a list or a table. Pure.

const isRow = (value) => Array.isArray(value);
const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

const textOf = (value) =>
  typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);

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
