// The whole page: left, middle, right, the line at the foot, and what floats above them.
import { useLayoutEffect, useRef } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { isActive } from "../job.js";
import { startKeys } from "../keys.js";
import { usePage } from "../page.js";
import { parse } from "../route.js";
import { t } from "../words.js";
import { DeleteDialog } from "./delete-dialog.js";
import { EmptyDesk } from "./empty-desk.js";
import { usePaneFocus } from "./focus.js";
import { Gone } from "./gone.js";
import { Help } from "./help.js";
import { JobList } from "./job-list.js";
import { JobMenu } from "./job-menu.js";
import { lazy, style } from "./lazy.js";
import { Banner, Notices } from "./notices.js";
import { Sidebar } from "./sidebar.js";
import { TabPane, TabStrip } from "./tab-worker.js";
import { TrustLine } from "./trust-line.js";

const coded = style.bind(null, new URL("../../style/how.css", import.meta.url));
// What takes the right side without a job, by the address's tab.
const FORMS = {
  new: lazy(() => import("./new-job.js").then((part) => part.NewJob)),
  domains: lazy(() => import("./domains.js").then((part) => part.Domains)),
  proxies: lazy(() => import("./proxies.js").then((part) => part.Proxies)),
  address: lazy(() => import("./address.js").then((part) => part.Address)),
  audit: lazy(() => import("./audit.js").then((part) => part.Audit)),
  how: lazy(() =>
    Promise.all([import("./how.js"), coded()]).then(([part]) => part.HowPane),
  ),
  library: lazy(() => import("./library.js").then((part) => part.LibraryPane)),
  tab: TabPane,
  tokens: lazy(() => import("./ledger.js").then((part) => part.Ledger)),
  webhooks: lazy(() => import("./webhooks.js").then((part) => part.Webhooks)),
  workshop: lazy(() => import("./workshop-pane.js").then((part) => part.WorkshopPane)),
};
const JobPage = lazy(() => import("./job-page.js").then((part) => part.JobPage));
const Journeys = lazy(() => import("./journeys.js").then((part) => part.Journeys));
const JourneyEditor = lazy(() =>
  import("./journey-editor.js").then((part) => part.JourneyEditor),
);

// p acts on the job in sight: the open one, else the row that has the keyboard.
function pauseOrResume({ route, desk, actions }, target) {
  if (route.isShared) return false;
  const id = route.job ?? target.closest("[data-job]")?.dataset.job;
  const job = desk.jobs.peek().find((one) => one.id === id);
  if (!job) return false;
  if (isActive(job) || job.status === "scheduled") actions.command(job, "pause");
  else if (job.status === "paused") actions.command(job, "resume");
  return true;
}

function bindings(page) {
  const { route, view } = page;
  return {
    "n": () => (route.isShared ? false : route.go(route.toNew())),
    "/": () => document.querySelector("[data-filter-text]")?.focus(),
    "p": (target) => pauseOrResume(page, target),
    "?": () => {
      view.help.value = !view.help.peek();
    },
    "Escape": (target) => back(page, target),
  };
}

function back({ route, view }, target) {
  if (view.deleting.peek()) return false; // the dialog closes itself
  if (view.help.peek()) view.help.value = false;
  else if (view.menu.peek()) view.menu.value = null;
  else if (target.matches("input, textarea, select")) target.blur();
  else if (route.journeys && route.tab) route.go(route.toJourneys());
  // What is open within a tab is left before the job is.
  else if (route.job && route.tab.includes("/"))
    route.go(route.toJob(route.job, route.tab.split("/")[0]));
  else if (route.job || route.journeys || FORMS[route.tab]) route.go(route.home());
  else return false;
  return true;
}

function rightSide({ route }) {
  if (route.job) return html`<${JobPage} key=${route.job} id=${route.job} />`;
  if (route.journeys) return route.tab ? html`<${JourneyEditor} id=${route.tab} />` : null;
  const form = route.isShared ? null : FORMS[route.tab];
  if (form) return html`<${form} />`;
  return null;
}

function Middle() {
  const { desk, route } = usePage();
  if (route.journeys) return html`<${Journeys} />`;
  const empty = desk.loaded.value && desk.jobs.value.length === 0;
  return empty ? html`<${EmptyDesk} />` : html`<${JobList} />`;
}

// Whoever points at a link, or comes to it by keyboard, is likely to follow it: what it leads to is
// loaded meanwhile. So it is with a button that makes a job and then opens it.
function foresee(event) {
  if (event.target.closest("[data-makes-job]")) JobPage.ahead();
  const link = event.target.closest("a[href]");
  if (!link || link.origin !== window.location.origin) return;
  const { job, journeys, tab } = parse(link.pathname, link.hash);
  if (job) JobPage.ahead();
  else if (journeys) (tab ? JourneyEditor : Journeys).ahead();
  else FORMS[tab]?.ahead?.();
}

const isPale = (link) => ["offline", "connecting"].includes(link.mode);

// What is open on the right, by a name; null where nothing is.
function openOf({ job, journeys, tab }) {
  if (job) return job;
  return (journeys ? tab : FORMS[tab] && tab) || null;
}

// For whom the way through the left side is long.
function SkipLink() {
  const skip = (event) => {
    event.preventDefault();
    document.querySelector('[data-row][tabindex="0"], main a, main button')?.focus();
  };
  return html`<a class="skip" href="#jobs" onClick=${skip}>${t("skip")}</a>`;
}

// The middle, and what is open beside it.
function Stage({ side }) {
  const { route } = usePage();
  const pane = useRef(null);
  usePaneFocus(side && openOf(route.place.value), pane);
  return html`<main class="stage">
    <section class="middle" id="jobs" aria-label=${t(route.journeys ? "journeys.title" : "list.label")}>
      <${Banner} /><${TabStrip} />
      <${Middle} />
    </section>
    ${
      side &&
      html`<section class="pane" ref=${pane} tabindex="-1" aria-label=${t("pane.label")}>${side}
      </section>`
    }<${JobMenu} /></main>`;
}

export function App() {
  const page = usePage();
  // Before the first paint: a key that is pressed at the sight of the page is not lost.
  useLayoutEffect(() => startKeys(bindings(page)), [page]);
  if (page.feed.link.value.mode === "gone" && !page.view.moving.value) return html`<${Gone} />`;
  const side = rightSide(page);
  const { desk, feed } = page;
  const pale = desk.loaded.value && isPale(feed.link.value);
  const classes = `shell${side ? " with-pane" : ""}${pale ? " pale" : ""}`;
  return html`
    <div class=${classes} onPointerOver=${foresee} onFocusIn=${foresee}>
      <${SkipLink} />
      <${Sidebar} />
      <${Stage} side=${side} />
      <${TrustLine} />
      <${Notices} /><${DeleteDialog} /><${Help} />
    </div>`;
}
