// Which folders on the server a job looks into: those that the operator has opened, those of jobs
// with pictures, and a path within one that is typed.
import { useEffect, useState } from "../../vendor/hooks.js";
import { toLearnFrom, toLookInto } from "../folders.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { t } from "../words.js";
import { FormError } from "./form-error.js";
import { WrongNote, wrongOf } from "./parts.js";

// `{opened, folders}`; null until the server has said which there are.
function useFolders() {
  const { workshop } = usePage();
  const [state, setState] = useState({ known: null, error: null });
  useEffect(() => {
    let wanted = true;
    workshop.folders().then(
      (known) => wanted && setState({ known, error: null }),
      (error) => {
        if (!error.code) throw error;
        if (wanted) setState({ known: null, error });
      },
    );
    return () => {
      wanted = false;
    };
  }, [workshop]);
  return state;
}

function Choice({ folder, chosen, onChoose }) {
  const { desk } = usePage();
  const { path, job_id: id, images_n: n, folders_n: within, truncated } = folder;
  const job = id && desk.jobs.value.find((one) => one.id === id);
  return html`<li><label class="check"><input type="checkbox" name="folder_known" value=${path}
      checked=${chosen} onChange=${(event) => onChoose(event.currentTarget.checked)} />
    <span class="named" title=${path}><bdi>${job ? job.name : path}</bdi></span>
    ${within > 1 && html`<span class="small num">${t("folders.within", { n: within })}</span>`}
    ${job && html`<span class="tag">${t(`kind.${job.kind}`)}</span>`}
    <span class="small num">${t(truncated ? "folders.many" : "gallery.count", { n })}</span>
    </label></li>`;
}

// `labels`: whether it is the folders within that are of use, each with its label.
export function FolderChoice({ draft, change, reason, labels = false }) {
  const { known, error } = useFolders();
  const folders = (labels ? toLearnFrom : toLookInto)(known?.folders ?? []);
  const choose = (path, on) => {
    const others = draft.folders.filter((one) => one !== path);
    change({ folders: on ? [...others, path] : others });
  };
  return html`${error && html`<${FormError} error=${error} find=${() => undefined} />`}
    ${known?.opened.length === 0 && html`<p class="small">${t("folders.none")}</p>`}
    ${
      folders.length > 0 &&
      html`<ul class="choices">${folders.map(
        (folder) => html`<${Choice} key=${folder.path} folder=${folder}
        chosen=${draft.folders.includes(folder.path)}
        onChoose=${(on) => choose(folder.path, on)} />`,
      )}</ul>`
    }
    <label class="field"><span>${t("folders.path")}</span>
      <input type="text" name="folder" maxlength="1000" spellcheck=${false} autocapitalize="off"
        value=${draft.folder} ...${wrongOf("folders-note", reason)}
        onInput=${(event) => change({ folder: event.currentTarget.value })} />
      ${
        reason
          ? html`<${WrongNote} id="folders-note" reason=${reason} />`
          : html`<small>${t("folders.note")}</small>`
      }</label>`;
}
