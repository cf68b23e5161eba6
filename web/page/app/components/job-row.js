// One job in the list, always in the same order: mark, name, kind, bar, counts, rate, end, cost,
// age, the one action, the rest. Of one that needs somebody: why, in the place of rate and end.
import { html } from "../html.js";
import { usePage } from "../page.js";
import { isPlainClick } from "../route.js";
import { t } from "../words.js";
import { Bar } from "./bar.js";
import { Age, Cost, Counts, Ending, Rate, Why } from "./facts.js";
import { Icon, StatusIcon } from "./icons.js";
import { PrimaryAction } from "./job-actions.js";
import { PageLink } from "./parts.js";

export function MoreButton({ job, ...rest }) {
  const { route, view } = usePage();
  if (route.isShared) return null;
  const open = (event) => {
    event.stopPropagation();
    const already = view.menu.peek()?.jobId === job.id;
    view.menu.value = already ? null : { anchor: event.currentTarget, jobId: job.id };
  };
  const label = t("more.label", { name: job.name });
  return html`<button type="button" class="icon-button more" aria-haspopup="menu" title=${t("more")}
    aria-label=${label} aria-expanded=${view.menu.value?.jobId === job.id} onClick=${open} ...${rest}>
    <${Icon} name="more" /></button>`;
}

// `needs`: whether it needs somebody.
export function JobRow({ job, index, count, focusable, needs }) {
  const { route } = usePage();
  const open = (event) => {
    if (isPlainClick(event) && !event.defaultPrevented) route.go(route.toJob(job.id));
  };
  const current = route.job === job.id;
  // The keyboard goes from row to row by arrows, and through one row by Tab.
  const reach = { tabindex: focusable ? 0 : -1 };
  return html`
    <div class="row ${current ? "current" : ""} ${needs ? "needs" : ""}" role="listitem" data-job=${job.id} onClick=${open}
      aria-setsize=${count} aria-posinset=${index + 1}>
      <${StatusIcon} status=${job.status} label=${t(`status.${job.status}`)} />
      <${PageLink} href=${route.toJob(job.id)} class="name" title=${job.name} data-row=${index}
        ...${reach} aria-current=${current ? "page" : null}><bdi>${job.name}
          </bdi><//>
      <span class="kind">${t(`kind.${job.kind}`)}</span>
      <${Bar} job=${job} />
      <span class="facts"><${Counts} job=${job} />${
        needs
          ? html`<${Why} job=${job} />`
          : html`<${Rate} job=${job} /><${Ending} job=${job} />`
      }<${Cost} job=${job} /></span>
      <${Age} job=${job} />
      <span class="act"><${PrimaryAction} job=${job} short ...${reach} /></span>
      <${MoreButton} job=${job} ...${reach} />
    </div>`;
}
