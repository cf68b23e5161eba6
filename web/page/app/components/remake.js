// What failed of a job of documents, made again by a new job: the job has its own copy of the rows,
// so to try them again helps against nothing that is wrong with the table.
import { useState } from "../../vendor/hooks.js";
import { draftOf, filterOf } from "../documents.js";
import { html } from "../html.js";
import { isOver } from "../job.js";
import { usePage } from "../page.js";
import { t } from "../words.js";

export function Remake({ job, outcomes }) {
  const { api, notices, route, view } = usePage();
  const [busy, setBusy] = useState(false);
  const filter = filterOf(outcomes);
  // Of more failures than were read, some rows would be forgotten.
  if (filter === null || !isOver(job) || outcomes.length < job.counts.failed) return null;
  const open = async () => {
    setBusy(true);
    try {
      const { spec } = await api.job(job.id);
      view.documents.value = draftOf(spec, filter);
      view.draft.value = { ...view.draft.peek(), kind: "document" };
      route.go(route.toNew());
    } catch (error) {
      if (!error.code) throw error;
      notices.error(error, { subject: job.name, again: open });
    } finally {
      setBusy(false);
    }
  };
  return html`<li class="remake small"><span>${t("doc.remake.note")}</span>
    <button type="button" class="button" disabled=${busy} onClick=${open}>
      ${t("doc.remake")}</button></li>`;
}
