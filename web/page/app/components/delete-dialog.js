// The one modal: deleting takes the results with it, and nothing brings them back.
import { useLayoutEffect, useRef } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { isOver } from "../job.js";
import { usePage } from "../page.js";
import { t } from "../words.js";

function Confirm({ job }) {
  const { actions, view } = usePage();
  const dialog = useRef(null);
  // Before the next key, not after the next paint: an Escape in between would close nothing.
  useLayoutEffect(() => {
    dialog.current.showModal();
  }, []);
  const close = () => {
    view.deleting.value = null;
  };
  const remove = () => {
    close();
    actions.remove(job);
  };
  return html`
    <dialog ref=${dialog} class="dialog" onClose=${close} aria-labelledby="delete-title">
      <h2 id="delete-title">${t("delete.title")}</h2>
      <p class="subject"><bdi>${job.name}</bdi></p>
      <p>${t(isOver(job) ? "delete.over" : "delete.running", { n: job.counts.done })}</p>
      <div class="buttons">
        <button type="button" class="button" autofocus onClick=${close}>${t("delete.keep")}</button>
        <button type="button" class="button danger" onClick=${remove}>${t("action.delete")}</button>
      </div>
    </dialog>`;
}

export function DeleteDialog() {
  const { view } = usePage();
  const job = view.deleting.value;
  return job ? html`<${Confirm} key=${job.id} job=${job} />` : null;
}
