// Left (top on a phone): the desk, "New job", and the filters with their counts.
import { html } from "../html.js";
import { FILTERS } from "../job.js";
import { usePage } from "../page.js";
import { number, t } from "../words.js";
import { DeskLinks, DeskMenu, useMenu } from "./desk-links.js";
import { Icon } from "./icons.js";
import { PageLink } from "./parts.js";
import { SharedBrand } from "./shared-side.js";

function FilterButton({ chosen, onChoose, label, count }) {
  return html`
    <button type="button" class="filter ${count === 0 ? "none" : ""}" aria-pressed=${chosen}
      onClick=${onChoose}>
      <span>${label}</span><span class="num count">${number(count)}</span>
    </button>`;
}

function Statuses() {
  const { desk, view } = usePage();
  const jobs = desk.jobs.value;
  const { size: needs } = view.needs.value;
  const counted = FILTERS.map(([name, matches]) => [name, jobs.filter(matches).length]);
  // Worth a place only where there is something, or where it is what one looks at.
  if (needs > 0 || view.filter.value === "needs") counted.splice(1, 0, ["needs", needs]);
  return counted.map(
    ([name, count]) => html`<${FilterButton} key=${name} label=${t(`filter.${name}`)}
      count=${count} chosen=${view.filter.value === name} onChoose=${() => {
        view.filter.value = name;
      }} />`,
  );
}

// Kinds are worth a filter only where there are several.
function Kinds() {
  const { desk, view } = usePage();
  const jobs = desk.jobs.value;
  const kinds = [...new Set(jobs.map((job) => job.kind))].sort();
  if (kinds.length < 2) return null;
  const choose = (kind) => {
    view.kind.value = view.kind.peek() === kind ? null : kind;
  };
  return html`<h2>${t("filter.kinds")}</h2>${kinds.map(
    (kind) => html`<${FilterButton} key=${kind}
    label=${t(`kind.${kind}`)} count=${jobs.filter((job) => job.kind === kind).length}
    chosen=${view.kind.value === kind} onChoose=${() => choose(kind)} />`,
  )}`;
}

function Filters() {
  const { desk, route } = usePage();
  if (desk.jobs.value.length === 0 || route.journeys) return null;
  return html`<nav class="filters" aria-label=${t("filter.label")}>
    <${Statuses} /><${Kinds} /></nav>`;
}

export function Sidebar() {
  const { route } = usePage();
  return route.isShared
    ? html`<header class="side"><${SharedBrand} /><${Filters} /></header>`
    : html`<${OwnSide} />`;
}

function OwnSide() {
  const { route } = usePage();
  const local = route.desk === "local";
  const [open, setOpen] = useMenu();
  return html`
    <header class="side">
      <div class="brand">
        <${PageLink} href=${route.home()} class="brand-name">Nightdesk<//>
        <span class="desk-name">${t(local ? "desk.local" : "desk.guest")}</span>
      </div>
      <${DeskMenu} open=${open} onOpen=${setOpen} />
      <${PageLink} href=${route.toNew()} class="button primary new">
        <${Icon} name="plus" />${t("new.open")}<//>
      <${Filters} />
      <${DeskLinks} open=${open} />
    </header>`;
}
