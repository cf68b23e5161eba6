// A place to drop a file on, or to choose one: with the keyboard it is a button.
import { useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { t } from "../words.js";

const hasFiles = (event) => event.dataTransfer.types.includes("Files");

// `onFiles` gets a list; it is told of one after the other where several are taken.
export function DropZone({ name, accept, label, note, busy, multiple = false, onFiles }) {
  const [over, setOver] = useState(false);
  const give = (files) => !busy && files.length > 0 && onFiles(multiple ? files : [files[0]]);
  const picked = ({ currentTarget }) => {
    give([...currentTarget.files]);
    currentTarget.value = ""; // the same file may be given again
  };
  const dragged = (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    setOver(true);
  };
  const dropped = (event) => {
    setOver(false);
    if (!hasFiles(event)) return;
    event.preventDefault();
    give([...event.dataTransfer.files]);
  };
  return html`<label class="drop upload ${over ? "over" : ""}" aria-busy=${busy}
    onDragOver=${dragged} onDragLeave=${() => setOver(false)} onDrop=${dropped}>
    <input type="file" name=${name} accept=${accept} multiple=${multiple} disabled=${busy}
      onChange=${picked} />
    <span class="button">${busy ? t("doc.uploading") : label}</span><small>${note}</small></label>`;
}
