// An entry of a shelf that opens: a line of what it is, then what is in it, read when it is first
// opened, its names to change, and the way to delete it.
import { useEffect, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { useAttempt } from "../uploading.js";
import { t } from "../words.js";
import { FormError } from "./form-error.js";
import { Deleting } from "./library-entry.js";

// What is in it, read anew when it was changed: its `version` is another one then.
function useContents(kind, entry, open) {
  const { workshop } = usePage();
  const [contents, setContents] = useState(null);
  const attempts = useAttempt();
  useEffect(() => {
    if (open) attempts.attempt(async () => setContents(await workshop.one(kind, entry.id)));
  }, [open, entry.version]);
  return { contents, ...attempts };
}

// `fields` are the names that can be changed, each with the longest that it may be.
function Names({ entry, fields, busy, onSave }) {
  const said = Object.fromEntries(Object.keys(fields).map((name) => [name, entry[name]]));
  const [draft, setDraft] = useState(null);
  const shown = draft ?? said;
  const submit = async (event) => {
    event.preventDefault();
    const about = Object.fromEntries(
      Object.entries(shown).map(([name, value]) => [name, value.trim()]),
    );
    if (await onSave(about)) setDraft(null);
  };
  return html`<form class="about" onSubmit=${submit}>${Object.entries(fields).map(
    ([name, most]) => html`<label class="field" key=${name}><span>${t(`kept.${name}`)}</span>
      <input type="text" name=${`kept_${name}`} maxlength=${most} value=${shown[name]}
        required=${name === "name"}
        onInput=${(event) => setDraft({ ...shown, [name]: event.currentTarget.value })} /></label>`,
  )}<button type="submit" class="button" disabled=${busy || draft === null}>${t("library.save")}
    </button></form>`;
}

// `children(contents)` draws what is in it; `marks` are words that stand beside the name.
export function KeptEntry({ kind, shelf, entry, line, marks = [], fields, children }) {
  const { workshop } = usePage();
  const [open, setOpen] = useState(false);
  const { contents, busy, error, attempt } = useContents(kind, entry, open);
  const singular = kind.slice(0, -1);
  const save = (about) =>
    attempt(async () => shelf.put((await workshop.change(kind, entry.id, about))[singular]));
  return html`<li><details open=${open} onToggle=${(event) => setOpen(event.currentTarget.open)}>
    <summary><span class="named"><bdi>${entry.name}</bdi></span>
      ${marks.filter(Boolean).map(
        (mark) => html`<span class="tag" key=${mark}><bdi>${mark}</bdi></span>`,
      )}
      <span class="small num">${line}</span></summary>
    ${
      open &&
      html`<div class="kept">
      ${error && html`<${FormError} error=${error} find=${() => undefined} />`}
      ${contents ? children(contents) : !error && html`<p class="small">${t("list.loading")}</p>`}
      <${Names} key=${entry.version ?? entry.name} entry=${entry} fields=${fields} busy=${busy}
        onSave=${save} />
      <${Deleting} entry=${entry} busy=${busy}
        onDelete=${() => attempt(() => shelf.remove(entry))} />
      </div>`
    }</details></li>`;
}
