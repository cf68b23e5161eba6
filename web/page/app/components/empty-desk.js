// The first visit: what this is in one sentence, three jobs that run at once, and the key to the
// desk.
import { useEffect, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { newKey } from "../api.js";
import { usePage } from "../page.js";
import { OPTIONS, requestOf } from "../run.js";
import { number, t } from "../words.js";
import { lazy } from "./lazy.js";
import { CopyButton, PageLink } from "./parts.js";
import { NothingShared } from "./shared-side.js";

const DeskCode = lazy(() => import("./qr.js").then((part) => part.DeskCode), { beside: true });

const EXAMPLES = [
  { name: "whole", most: Infinity, concurrency: 10 },
  { name: "quick", most: 25, concurrency: 5 },
  { name: "slow", most: 60, concurrency: 1 },
];

const NOTHING = { items: [], journeys: [] };

function useSample(api) {
  const [sample, setSample] = useState(NOTHING);
  useEffect(() => {
    // Without a sample site there is nothing to offer here, and nothing to tell.
    api.sample().then(
      (found) => setSample(found.available ? found : NOTHING),
      () => setSample(NOTHING),
    );
  }, []);
  return sample;
}

// The key stays the same until the job exists, so a second press after a lost answer makes no
// second job.
function Example({ example, items, first }) {
  const { actions, notices, route } = usePage();
  const [key] = useState(newKey);
  const [busy, setBusy] = useState(false);
  const chosen = items.slice(0, example.most);
  const name = t(`example.${example.name}`, { n: chosen.length });
  const start = async () => {
    setBusy(true);
    const spec = { concurrency: example.concurrency };
    try {
      const job = await actions.create(
        { kind: "fetch", name, items: chosen, spec, start: true },
        null,
        key,
      );
      route.go(route.toJob(job.id));
    } catch (error) {
      setBusy(false);
      if (!error.code) throw error;
      notices.error(error, { subject: name, again: start });
    }
  };
  return html`
    <li><button type="button" class="button ${first ? "primary" : ""}" data-makes-job disabled=${busy}
      onClick=${start}
      aria-label=${`${t(first ? "example.try" : "example.start")}: ${name}`}>
      ${t(first ? "example.try" : "example.start")}</button>
      <span><b>${name}</b><br />${t(`example.${example.name}.note`)}</span></li>`;
}

// Journeys of a browser on the sample site: kept on the desk, and all of them run.
function JourneysExample({ sample }) {
  const { actions, journeys, notices, route } = usePage();
  const [key] = useState(newKey);
  const [busy, setBusy] = useState(false);
  const name = t("example.journeys", { n: sample.length });
  const start = async () => {
    setBusy(true);
    try {
      const places = await journeys.adopt(sample);
      await actions.startJourneys(requestOf(OPTIONS, places), key);
      route.go(route.toJourneys());
    } catch (error) {
      setBusy(false);
      if (!error.code) throw error;
      notices.error(error, { subject: name, again: start });
    }
  };
  return html`
    <li><button type="button" class="button" disabled=${busy} onClick=${start}
      aria-label=${`${t("example.start")}: ${name}`}>${t("example.start")}</button>
      <span><b>${name}</b><br />${t("example.journeys.note")}</span></li>`;
}

function Examples() {
  const { api } = usePage();
  const { items, journeys } = useSample(api);
  if (items.length === 0) return null;
  return html`
    <h2>${t("empty.examples")}</h2>
    <ul class="examples">${EXAMPLES.map(
      (example, index) => html`<${Example} key=${example.name}
      example=${example} items=${items} first=${index === 0} />`,
    )}${journeys.length > 0 && html`<${JourneysExample} sample=${journeys} />`}</ul>
    <p class="small">${t("empty.sample", { n: number(items.length) })}</p>`;
}

function Key() {
  const { route } = usePage();
  const address = `${window.location.origin}${route.home()}`;
  const local = route.desk === "local";
  return html`
    <section class="key">
      <h2>${t(local ? "key.local" : "key.guest")}</h2>
      <div class="address"><code>${address}</code><${CopyButton} text=${address} /></div>
      <p class="small">${t(local ? "key.local.note" : "key.guest.note")}</p>
      <${DeskCode} />
    </section>`;
}

export function EmptyDesk() {
  const { route, view } = usePage();
  if (route.isShared) return html`<${NothingShared} />`;
  const toDocuments = () => {
    view.draft.value = { ...view.draft.peek(), kind: "document" };
    route.go(route.toNew());
  };
  return html`
    <div class="empty">
      <h1>${t("empty.title")}</h1>
      <p class="lead">${t("empty.lead")}</p>
      <${Examples} />
      <p><${PageLink} href=${route.toNew()} class="button">${t("empty.own")}<//>${" "}
        <button type="button" class="button" onClick=${toDocuments}>
          ${t("empty.documents")}</button></p>
      <${Key} />
    </div>`;
}
