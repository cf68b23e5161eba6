// The desk's templates, tables and pictures: what was found in each, and what can be done with it.
import { useEffect } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { SOURCE_KINDS, TEMPLATE_KINDS } from "../library.js";
import { usePage } from "../page.js";
import { useAttempt } from "../uploading.js";
import { t } from "../words.js";
import { DropZone } from "./drop-zone.js";
import { FormError } from "./form-error.js";
import { SourceEntry, TemplateEntry } from "./library-entry.js";
import { PageLink, PaneHead } from "./parts.js";
import { PictureShelf } from "./picture-shelf.js";

function Shelf({ name, entries, kinds, onFile, entry }) {
  const { busy, error, attempt } = useAttempt();
  const add = (files) =>
    attempt(async () => {
      for (const file of files) await onFile(file);
    });
  return html`<section class="doc-part" aria-label=${t(`library.${name}`)}>
    <h2>${t(`library.${name}`)}</h2>
    ${entries.length === 0 && html`<p class="small">${t(`library.${name}.none`)}</p>`}
    <ul class="shelf">${entries.map(entry)}</ul>
    <${DropZone} name=${`${name}_file`} accept=${kinds} label=${t(`library.${name}.add`)}
      note=${t(`doc.${name === "templates" ? "templates" : "source"}.note`)} busy=${busy} multiple
      onFiles=${add} />
    ${
      error &&
      html`<${FormError} error=${error} of=${name === "templates" ? "template" : "table"}
        find=${() => undefined} />`
    }</section>`;
}

export function LibraryPane() {
  const { library, route } = usePage();
  useEffect(() => {
    library.read();
  }, [library]);
  const [templates, sources] = [library.templates.value, library.sources.value];
  const pictures = library.pictures.value;
  const trouble = library.trouble.value;
  const known = templates !== null && sources !== null && pictures !== null;
  return html`<div class="new-job library">
    <${PaneHead} title=${t("library.title")} />
    <div class="pane-body">
      <p>${t("library.about")}${" "}<${PageLink} href=${route.toNew()}>${t("new.open")}<//></p>
      ${trouble && html`<${FormError} error=${trouble} find=${() => undefined} />`}
      ${!known && !trouble && html`<p class="quiet-note" aria-busy="true">${t("list.loading")}</p>`}
      ${
        known &&
        html`<${Shelf} name="templates" entries=${templates} kinds=${TEMPLATE_KINDS}
        onFile=${(file) => library.addTemplate(file)}
        entry=${(one) => html`<${TemplateEntry} key=${one.id} template=${one} />`} />
      <${Shelf} name="tables" entries=${sources} kinds=${SOURCE_KINDS}
        onFile=${(file) => library.addSource(file, {})}
        entry=${(one) => html`<${SourceEntry} key=${one.id} source=${one} />`} />
      <${PictureShelf} pictures=${pictures} />`
      }
    </div></div>`;
}
