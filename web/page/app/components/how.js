// How to do by a program what the page shows: of the desk, or of one job. The address is the desk's
// key, so it is covered until somebody asks for it; what is copied has it.
import { useEffect, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { NAMES } from "../docs-snippets.js";
import { topicsOf } from "../how-snippets.js";
import { usePage } from "../page.js";
import { t } from "../words.js";
import { CopyButton, PaneHead } from "./parts.js";

const STORE_KEY = "nightdesk.how";
const COVER = "••••••••";
const ITEMS = 2;
const MOST = 10_000; // items that are told at most
const EXAMPLE = { kind: "fetch", name: "my list", items: ["https://example.com/"], spec: {}, secrets: [] };
// The older systems whose front ends work unchanged, by their groups on the page of the API.
const OLDER = ["batchgo", "documents", "taskmanager", "background"];

// Storage is refused in some private windows; the choice then lasts as long as the panel.
function remembered(write) {
  try {
    return write ? window.localStorage.setItem(STORE_KEY, write) : window.localStorage.getItem(STORE_KEY);
  } catch {
    return null;
  }
}

function useLanguage() {
  const [chosen, setChosen] = useState(() => remembered() ?? "curl");
  const choose = (name) => {
    remembered(name);
    setChosen(name);
  };
  return [chosen in NAMES ? chosen : "curl", choose];
}

// Of very many items none are told; those that are addresses are in the list of outcomes, too.
async function madeOf(api, job) {
  const { kind, name, items, spec, secrets } = await api.asked(job.id, MOST);
  if (items !== null) return { kind, name, items: items.slice(0, ITEMS), spec, secrets };
  const first = (await api.items(job.id, { offset: 0, limit: ITEMS })).items;
  return { kind, name, items: first.map(({ url }) => url).filter(Boolean), spec, secrets };
}

// What a job like this one is made of; null until that is known, and where its kind does not tell.
function useAsked(job) {
  const { api } = usePage();
  const [asked, setAsked] = useState(job === null ? EXAMPLE : null);
  useEffect(() => {
    if (job === null) return;
    madeOf(api, job).then(setAsked, () => setAsked({ ...EXAMPLE, kind: job.kind, name: job.name, items: [] }));
  }, [job?.id]);
  return asked;
}

// `called` is the name of its words, where they are not those of the topic.
function Topic({ name, called = name, texts, chosen, cover }) {
  const text = texts[chosen];
  const id = `how-${name}`;
  const title = t(`how.${called}`);
  return html`<div class="how-topic">
    <h2 id=${id}>${title}</h2>
    <p class="small">${t(`how.${called}.note`)}</p>
    ${
      text
        ? html`<div class="how-text"><pre class="code" tabindex="0" role="region" aria-labelledby=${id}>${cover(text)}</pre>
            <${CopyButton} text=${text} label=${t("how.copy", { name: title })} small=${true} /></div>`
        : html`<p class="small">${t("how.not_by", { language: NAMES[chosen], others: Object.keys(texts).map((one) => NAMES[one]).join(", ") })}</p>`
    }</div>`;
}

function Older() {
  return html`<div class="how-topic"><h2>${t("how.older")}</h2>
    <p class="small">${t("how.older.note")}</p>
    <ul>${OLDER.map((name) => html`<li key=${name}><a href="/docs#${name}">${t(`how.older.${name}`)}</a></li>`)}</ul></div>`;
}

function topicsFor(asked, { route }, job) {
  const seen = { origin: window.location.origin, desk: route.desk, job: job?.id ?? null, ...asked };
  const { make, upload, ...rest } = topicsOf(seen);
  if (asked.items.length === 0) return rest;
  return upload ? { make, ...rest, upload } : { make, ...rest };
}

function How({ job = null }) {
  const page = usePage();
  const [chosen, choose] = useLanguage();
  const isKey = page.route.desk !== "local";
  const [bare, setBare] = useState(!isKey);
  const asked = useAsked(job);
  if (asked === null) return html`<p class="quiet-note" aria-busy="true">${t("how.opening")}</p>`;
  const cover = (text) => (bare ? text : text.replaceAll(page.route.desk, COVER));
  return html`<div class="how">
    <p>${t(job ? "how.job" : "how.desk")} <a href="/docs">${t("how.docs")}</a></p>
    <div class="how-bar">
      <span class="how-languages" role="group" aria-label=${t("how.language")}>
        ${Object.entries(NAMES).map(
          ([name, label]) => html`<button type="button" key=${name} class="button" aria-pressed=${chosen === name}
            onClick=${() => choose(name)}>${label}</button>`,
        )}</span>
      ${
        isKey &&
        html`<button type="button" class="button" aria-pressed=${bare} onClick=${() => setBare(!bare)}>
          ${t("how.bare")}</button>`
      }</div>
    ${isKey && html`<p class="small">${t("how.key")}</p>`}
    ${asked.secrets.length > 0 && html`<p class="small">${t("how.secrets", { names: asked.secrets.join(", ") })}</p>`}
    ${Object.entries(topicsFor(asked, page, job)).map(
      ([name, texts]) => html`<${Topic} key=${name} name=${name}
        called=${name === "make" && job === null ? "first" : name} texts=${texts} chosen=${chosen} cover=${cover} />`,
    )}
    ${job === null && html`<${Older} />`}</div>`;
}

export const HowTab = ({ job }) => html`<${How} key=${job.id} job=${job} />`;

export function HowPane() {
  return html`<div class="new-job"><${PaneHead} title=${t("how.title")} />
    <div class="pane-body"><${How} /></div></div>`;
}
