// A new job: which kind, and the form of that kind. Most are made of what the server says of them;
// some have arrangements of their own.
import { useEffect } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { t } from "../words.js";
import { WORKSHOP } from "../workshop.js";
import { FormError } from "./form-error.js";
import { lazy } from "./lazy.js";
import { NewGenerated } from "./new-generated.js";
import { PaneHead } from "./parts.js";

const NewDocuments = lazy(() =>
  import("./new-documents.js").then((part) => part.NewDocuments),
);
const NewWorkshop = lazy(() => import("./new-workshop.js").then((part) => part.NewWorkshop));

function Waiting({ error }) {
  const { kinds } = usePage();
  return html`<section class="new-job" aria-label=${t("new.title")}>
    <${PaneHead} title=${t("new.title")} />
    <div class="pane-body">${
      error
        ? html`<${FormError} error=${error} find=${() => undefined} />
      <button type="button" class="button" onClick=${() => kinds.read()}>${t("again")}</button>`
        : html`<p class="quiet-note opening" aria-busy="true" data-opening>${t("lazy.opening")}</p>`
    }</div></section>`;
}

export function NewJob() {
  const { kinds, view } = usePage();
  useEffect(() => {
    kinds.read();
  }, [kinds]);
  const form = view.draft.value;
  const change = (part) => {
    view.draft.value = { ...view.draft.peek(), ...part };
  };
  const entries = kinds.entries.value;
  if (entries === null) return html`<${Waiting} error=${kinds.error.value} />`;
  const entry = kinds.find(form.kind) ?? entries[0];
  const shared = { key: entry.kind, entry, form: { ...form, kind: entry.kind }, change };
  if (entry.kind === "document") return html`<${NewDocuments} ...${shared} />`;
  if (WORKSHOP.includes(entry.kind)) return html`<${NewWorkshop} ...${shared} />`;
  return html`<${NewGenerated} ...${shared} />`;
}
