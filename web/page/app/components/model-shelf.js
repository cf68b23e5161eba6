// The desk's models: what each tells apart, how well, what it mistakes, and its file.
import { html } from "../html.js";
import { usePage } from "../page.js";
import { bytes, fullTime, number, t } from "../words.js";
import { KeptEntry } from "./kept-entry.js";
import { PageLink } from "./parts.js";

const FIELDS = { name: 100 };

const percent = (share) =>
  share === null || share === undefined ? "–" : `${number(Math.round(share * 1000) / 10)} %`;

function ByLabel({ rows }) {
  return html`<table class="by-label"><thead><tr>${["label", "learned", "precision", "recall"].map(
    (name) => html`<th key=${name} scope="col">${t(`models.col.${name}`)}</th>`,
  )}</tr></thead><tbody>${rows.map(
    ({ label, learned_n: learned, precision, recall }) => html`<tr key=${label}>
      <th scope="row"><bdi>${label}</bdi></th><td class="num">${number(learned)}</td>
      <td class="num">${percent(precision)}</td><td class="num">${percent(recall)}</td></tr>`,
  )}</tbody></table>`;
}

// The picture of what is taken for what is a file of the job, and goes with it.
function Confusion({ job }) {
  const { api, desk, route } = usePage();
  if (!desk.jobs.value.some(({ id }) => id === job))
    return html`<p class="small">${t("models.job_gone")}</p>`;
  return html`<img class="confusion" alt=${t("models.confusion")} loading="lazy"
      src=${api.artifactAddress(job, "confusion.png")} />
    <p><${PageLink} href=${route.toJob(job)}>${t("models.job")}<//></p>`;
}

function Facts({ model, report }) {
  const facts = [
    t("models.pictures", { n: model.pictures }),
    t("models.kept_back", { n: report.validated_n ?? 0 }),
    bytes(model.size_bytes),
    fullTime(model.created_at),
  ];
  return html`<p class="small num">${facts.join(" · ")}</p>
    ${Array.isArray(report.by_label) && html`<${ByLabel} rows=${report.by_label} />`}
    <${Confusion} job=${model.job_id} />`;
}

function Doings({ model }) {
  const { route, view, workshop } = usePage();
  const use = () => {
    const { classify } = view.workshop.peek();
    const values = { ...classify.values, model: model.id };
    view.workshop.value = { ...view.workshop.peek(), classify: { ...classify, values } };
    view.draft.value = { ...view.draft.peek(), kind: "classify" };
    route.go(route.toNew());
  };
  return html`<div class="buttons">
    <button type="button" class="button" onClick=${use}>${t("models.use")}</button>
    <a class="button" download href=${workshop.modelAddress(model.id)}>${t("models.download")}</a>
    </div>`;
}

export function ModelShelf() {
  const { models } = usePage();
  const known = models.entries.value ?? [];
  return html`<section class="doc-part" aria-label=${t("models.title")}>
    <h2>${t("models.title")}</h2>
    ${known.length === 0 && html`<p class="small">${t("models.none")}</p>`}
    <ul class="shelf">${known.map(
      (model) => html`<${KeptEntry} key=${model.id} kind="models" shelf=${models} entry=${model}
      fields=${FIELDS} marks=${[model.accuracy !== null && percent(model.accuracy)]}
      line=${t("models.labels", { n: model.labels })}>
      ${({ report }) => html`<${Doings} model=${model} />
        <${Facts} model=${model} report=${report} />`}<//>`,
    )}</ul></section>`;
}
