// What a job begins with: typed or pasted, one a line; or a file, chosen or dropped anywhere here.
import { useLayoutEffect, useRef, useState } from "../../vendor/hooks.js";
import { isAddress, isPlain } from "../forms.js";
import { html } from "../html.js";
import { countOf } from "../new-job.js";
import { bytes, number, t } from "../words.js";
import { EarlierItems } from "./new-again.js";

const hasFiles = (event) => [...event.dataTransfer.types].includes("Files");

// Of cells that were copied from a table, the addresses: one a line.
export function fromCells(text) {
  if (!text.includes("\t")) return null;
  const found = text
    .split(/\r?\n/)
    .map((line) => line.split("\t").find((cell) => /^https?:\/\//i.test(cell.trim())))
    .filter(Boolean);
  return found.length > 0 ? `${found.map((one) => one.trim()).join("\n")}\n` : null;
}

function Chosen({ file, onFile }) {
  return html`<div class="field"><span>${t("new.file")}</span>
    <div class="chosen-file"><bdi>${file.name}</bdi> <span class="small num">${bytes(file.size)}</span>
      <button type="button" class="button" onClick=${() => onFile(null)}>${t("new.file.remove")}
        </button></div></div>`;
}

function Typed({ entry, text, count, onText }) {
  const field = useRef(null);
  // Before the next key: typed right after `n`, it belongs to this field.
  useLayoutEffect(() => field.current?.focus(), []);
  const pasted = (event) => {
    const lines = isAddress(entry.item) ? fromCells(event.clipboardData.getData("text/plain")) : null;
    if (lines === null) return;
    event.preventDefault();
    const { selectionStart, selectionEnd, value } = event.currentTarget;
    onText(value.slice(0, selectionStart) + lines + value.slice(selectionEnd));
  };
  const isOfAddresses = isAddress(entry.item);
  const word = isOfAddresses ? "new.items" : isPlain(entry.item) ? "items.lines" : "items.json";
  const counted = t(isOfAddresses ? "new.count" : "items.count", { n: count, count: number(count) });
  return html`<label class="field"><span>${t(word)}<em class="num">${counted}</em></span>
    <textarea name="items" rows="7" spellcheck=${false} autocapitalize="off" ref=${field}
      value=${text} onPaste=${pasted}
      placeholder=${isOfAddresses ? "https://example.com/1\nhttps://example.com/2" : undefined}
      onInput=${(event) => onText(event.currentTarget.value)}></textarea></label>`;
}

function Upload({ files, onFile }) {
  const kinds = files.map((ending) => `.${ending}`);
  const picked = ({ currentTarget }) => onFile(currentTarget.files[0] ?? null);
  return html`<label class="upload"><input type="file" name="file" accept=${kinds.join(",")}
      onChange=${picked} />
    <span class="button">${t("new.upload")}</span>
    <small>${t("items.drop", { kinds: kinds.join(", ") })}</small></label>`;
}

// `draft` is `{text, file, earlier}`; `change` is told what has another value now.
export function NewItems({ entry, draft, change }) {
  const [over, setOver] = useState(false);
  const { text, file, earlier } = draft;
  const mayDrop = entry.files.length > 0;
  const onFile = (chosen) => change({ file: chosen, earlier: null });
  const dragged = (event) => {
    if (!mayDrop || !hasFiles(event)) return;
    event.preventDefault();
    setOver(true);
  };
  const dropped = (event) => {
    setOver(false);
    if (!mayDrop || !hasFiles(event)) return;
    event.preventDefault();
    onFile(event.dataTransfer.files[0] ?? null);
  };
  const typed = html`<${Typed} entry=${entry} text=${text} count=${countOf(draft)}
    onText=${(said) => change({ text: said })} />`;
  return html`<div class="items-source ${over ? "over" : ""}" onDragOver=${dragged}
    onDragLeave=${() => setOver(false)} onDrop=${dropped}>
    ${
      earlier
        ? html`<${EarlierItems} earlier=${earlier} onOthers=${() => change({ earlier: null })} />`
        : file
          ? html`<${Chosen} file=${file} onFile=${onFile} />`
          : html`${typed}${mayDrop && html`<${Upload} files=${entry.files} onFile=${onFile} />`}`
    }</div>`;
}
