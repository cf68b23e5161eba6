// An earlier crawl that is gone through again: chosen in the form, or where it has ended.
import { useState } from "../../vendor/hooks.js";
import { typedOf } from "../forms.js";
import { html } from "../html.js";
import { isOver } from "../job.js";
import { usePage } from "../page.js";
import { AGAIN, EMPTY_WORKSHOP } from "../workshop.js";
import { fullTime, t } from "../words.js";
import { WrongNote, wrongOf } from "./parts.js";

const isEarlier = (job) => job.kind === "crawl" && isOver(job);

export function EarlierCrawl({ since, onSince, reason }) {
  const { desk } = usePage();
  const known = desk.jobs.value.filter(isEarlier);
  if (known.length === 0) return html`<p class="quiet-line">${t("again.none")}</p>`;
  return html`<label class="field"><span>${t("again.which")}</span>
    <select name="since" required value=${since} ...${wrongOf("crawl-since-note", reason)}
      onChange=${(event) => onSince(event.currentTarget.value)}>
      <option value="">${t("classify.choose")}</option>
      ${known.map(
        ({ id, name, created_at: at }) => html`<option key=${id} value=${id}>
        ${`${name} · ${fullTime(at)}`}</option>`,
      )}</select>
    ${
      reason
        ? html`<${WrongNote} id="crawl-since-note" reason=${reason} />`
        : html`<small>${t("again.note")}</small>`
    }</label>`;
}

// Opens the form as that crawl was asked for. A source is asked the same again: it tells by itself
// what is new.
export function CrawlAgain({ job }) {
  const { actions, api, kinds, notices, route, view } = usePage();
  const [busy, setBusy] = useState(false);
  if (!isEarlier(job) || job.schedule) return null;
  const open = async () => {
    setBusy(true);
    try {
      const [{ spec, secrets }] = await Promise.all([api.asked(job.id), kinds.read()]);
      if (spec.source) return await actions.repeat(job);
      const { crawl } = EMPTY_WORKSHOP;
      const values = typedOf(kinds.find("crawl").spec, spec);
      const again = { ...crawl, values, secrets, since: job.id, source: { ...crawl.source, name: AGAIN } };
      view.workshop.value = { ...view.workshop.peek(), crawl: again };
      view.draft.value = { ...view.draft.peek(), kind: "crawl" };
      route.go(route.toNew());
    } catch (error) {
      if (!error.code) throw error;
      notices.error(error, { subject: job.name, again: open });
    } finally {
      setBusy(false);
    }
    return undefined;
  };
  return html`<button type="button" class="button" disabled=${busy} onClick=${open}>
    ${t("again.go")}</button>`;
}
