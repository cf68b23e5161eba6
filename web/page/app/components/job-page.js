// One job, at its own address: head as in the list, then the tabs. What stands behind the name of
// a tab in the address (`#tasks/3`) is the tab's own.
import { AGENT } from "../agents.js";
import { html } from "../html.js";
import { isOver, otherActions, primaryAction } from "../job.js";
import { usePage } from "../page.js";
import { reasonIn } from "../reasons.js";
import { LANE } from "../run.js";
import { visibleLine } from "../visible.js";
import { t } from "../words.js";
import { Bar } from "./bar.js";
import { CrawlAgain } from "./earlier-crawl.js";
import { Counts, Created, Ending, Rate, Spent, StatusText } from "./facts.js";
import { Icon, StatusIcon } from "./icons.js";
import { ActionButton } from "./job-actions.js";
import { lazy, style } from "./lazy.js";
import { PageLink } from "./parts.js";
import { RunFacts } from "./progress-box.js";
import { TabStrip } from "./tab-worker.js";

const AtWork = lazy(() => import("./at-work.js").then((part) => part.AtWork));
// Both are of one style; the charts have uPlot's, too.
const looks = style.bind(null, new URL("../../style/charts.css", import.meta.url));
const plotted = style.bind(null, new URL("../../vendor/uplot.css", import.meta.url));
const ChartTab = lazy(() =>
  Promise.all([import("./chart-tab.js"), looks(), plotted()]).then(([part]) => part.ChartTab),
);
const CostsTab = lazy(() => import("./costs-tab.js").then((part) => part.CostsTab));
const FilesTab = lazy(() => import("./files-tab.js").then((part) => part.FilesTab));
const GalleryTab = lazy(() => import("./gallery-tab.js").then((part) => part.GalleryTab));
const HistoryTab = lazy(() =>
  Promise.all([import("./history-tab.js"), looks()]).then(([part]) => part.HistoryTab),
);
const coded = style.bind(null, new URL("../../style/how.css", import.meta.url));
const tabled = style.bind(null, new URL("../../style/items.css", import.meta.url));
const ItemsTab = lazy(() =>
  Promise.all([import("./items-tab.js"), tabled()]).then(([part]) => part.ItemsTab),
);
const HowTab = lazy(() =>
  Promise.all([import("./how.js"), coded()]).then(([part]) => part.HowTab),
);
const LogTab = lazy(() => import("./log-tab.js").then((part) => part.LogTab));
const PassesTab = lazy(() => import("./passes-tab.js").then((part) => part.PassesTab));
const RateCurve = lazy(() => import("./rate-curve.js").then((part) => part.RateCurve), {
  beside: true,
});
const SeenTab = lazy(() => import("./seen-tab.js").then((part) => part.SeenTab));
const SettingsTab = lazy(() =>
  Promise.all([import("./settings-tab.js"), tabled()]).then(([part]) => part.SettingsTab),
);
const TasksTab = lazy(() =>
  Promise.all([import("./tasks-tab.js"), tabled()]).then(([part]) => part.TasksTab),
);
const TemplateShares = lazy(() =>
  import("./template-shares.js").then((part) => part.TemplateShares),
);

const LAST_TABS = { settings: SettingsTab, history: HistoryTab, how: HowTab };
const TABS = { items: ItemsTab, log: LogTab, files: FilesTab, chart: ChartTab, ...LAST_TABS };
// What makes or collects pictures shows them first.
const PICTURE_TABS = { gallery: GalleryTab, ...TABS };
const OF_PICTURES = ["generate", "crawl"];
// Learning has but one: what is taken for what.
const { items, ...rest } = TABS;
const LEARNING_TABS = { items, gallery: GalleryTab, ...rest };
// What looks at pictures shows them beside what it has seen.
const SEEN_TABS = { items, gallery: SeenTab, ...rest };
const CRAWLED_TABS = { items, gallery: GalleryTab, ...rest };
const LOOKING = ["tag", "classify"];
// The items of agents are tasks, which stand in a list of their own.
const AGENT_TABS = { tasks: TasksTab, costs: CostsTab, ...rest };
// What a scheduled job does stands in its passes; it has no items' results and no files of its own.
const SCHEDULED_TABS = { passes: PassesTab, log: LogTab, ...LAST_TABS };

// Of those, what whoever may only look is shown: nothing of how the job was asked for or what it
// costs, and its pictures where the link is with files.
function sharedTabs(job, files) {
  const hidden = ["settings", "how", "costs"];
  if (!files || LOOKING.includes(job.kind)) hidden.push("gallery");
  const tabs = job.kind === AGENT ? { tasks: TasksTab, items, ...rest } : ownTabs(job);
  return Object.fromEntries(Object.entries(tabs).filter(([name]) => !hidden.includes(name)));
}

const tabsOf = (job, { route, shared }) =>
  route.isShared ? sharedTabs(job, shared.value?.files) : ownTabs(job);

function ownTabs(job) {
  if (job.schedule) return SCHEDULED_TABS;
  if (job.kind === "train") return LEARNING_TABS;
  if (job.kind === AGENT) return AGENT_TABS;
  if (LOOKING.includes(job.kind)) return SEEN_TABS;
  // Until a crawl has kept something, what it finds is to be seen, and not that there are no pictures.
  if (job.kind === "crawl" && !job.tally?.made) return CRAWLED_TABS;
  return OF_PICTURES.includes(job.kind) ? PICTURE_TABS : TABS;
}

// A pass of a schedule leads back to it, as long as that is there.
function Parent({ job }) {
  const { desk, route } = usePage();
  const parent = job.parent && desk.jobs.value.find((one) => one.id === job.parent);
  if (!parent) return null;
  return html`<p class="small">${t("pass.of")}${" "}
    <${PageLink} href=${route.toJob(parent.id)}><bdi>${visibleLine(parent.name)}</bdi><//></p>`;
}

function Head({ job }) {
  const { route } = usePage();
  const rest = otherActions(job).filter((action) => action !== "download");
  return html`
    <header class="job-head">
      <div class="job-title">
        <${StatusIcon} status=${job.status} label=${t(`status.${job.status}`)} />
        <h1 title=${job.name}><bdi>${job.name}</bdi></h1>
        <span class="kind">${t(`kind.${job.kind}`)}</span>
        <${PageLink} href=${route.home()} class="icon-button" aria-label=${t("close")}
          title=${t("close")}>
          <${Icon} name="close" /><//>
      </div>
      <${Bar} job=${job} />
      ${job.lane === LANE && html`<${RunFacts} job=${job} />`}
      <div class="job-facts"><${StatusText} job=${job} />
        ${job.lane !== LANE && html`<${Counts} job=${job} />`}
        <${Rate} job=${job} />${job.status === "running" && html`<${RateCurve} job=${job} />`}<${Ending} job=${job} /><${Spent} job=${job} />
        <${Created} job=${job} /></div>
      <${Parent} job=${job} />
      ${job.kind === "visit" && html`<${AtWork} job=${job} />`}
      ${job.kind === "document" && !job.schedule && !route.isShared && html`<${TemplateShares} job=${job} />`}
      ${job.error && html`<p class="job-error"><bdi>${reasonIn(job.error)}</bdi></p>`}
      ${job.damage && html`<p class="job-error" role="status">${t("job.damage", job.damage)}</p>`}
      <div class="buttons">
        <${ActionButton} job=${job} action=${primaryAction(job)} primary />
        ${
          isOver(job) &&
          primaryAction(job) !== "download" &&
          html`<${ActionButton} job=${job} action="download" />`
        }
        ${!route.isShared && html`<${CrawlAgain} job=${job} />`}
        ${rest.map((action) => html`<${ActionButton} key=${action} job=${job} action=${action} />`)}
      </div>
    </header>`;
}

function Tabs({ job, open }) {
  const page = usePage();
  const { route } = page;
  return html`<nav class="tabs" aria-label=${t("tabs.label")}>
    ${Object.keys(tabsOf(job, page)).map(
      (name) => html`<${PageLink} key=${name} href=${route.toJob(job.id, name)}
      aria-current=${name === open ? "page" : null}>${t(`tab.${name}`)}<//>`,
    )}</nav>`;
}

function Missing() {
  const { desk, route } = usePage();
  if (!desk.loaded.value)
    return html`<p class="quiet-note" aria-busy="true">${t("list.loading")}</p>`;
  return html`<div class="quiet-note"><h1>${t("job.missing")}</h1><p>${t("job.missing.note")}</p>
    <${PageLink} href=${route.home()} class="button">${t("job.back")}<//></div>`;
}

export function JobPage({ id }) {
  const page = usePage();
  const { desk, route } = page;
  const job = desk.jobs.value.find((one) => one.id === id);
  if (!job) return html`<${Missing} />`;
  const tabs = tabsOf(job, page);
  const [named, part = ""] = route.tab.split("/");
  const open = named in tabs ? named : Object.keys(tabs)[0];
  return html`<${TabStrip} job=${job} /><${Head} job=${job} /><${Tabs} job=${job} open=${open} />
    <div class="tab-body of-${open}"><${tabs[open]} key=${open} job=${job}
      part=${part} /></div>`;
}
