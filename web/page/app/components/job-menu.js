// The menu behind "more": one for the page, in the top layer, beside the button that opened it.
import { useLayoutEffect, useRef } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { isOver, otherActions } from "../job.js";
import { markSeen } from "../needs.js";
import { usePage } from "../page.js";
import { sameAgain } from "../same-again.js";
import { t } from "../words.js";
import { actionLabel } from "./job-actions.js";

const GAP_PX = 4;

function place(menu, anchor) {
  const button = anchor.getBoundingClientRect();
  const below = button.bottom + GAP_PX;
  const fits = below + menu.offsetHeight < window.innerHeight;
  menu.style.top = `${fits ? below : Math.max(GAP_PX, button.top - GAP_PX - menu.offsetHeight)}px`;
  menu.style.left = `${Math.max(GAP_PX, button.right - menu.offsetWidth)}px`;
}

function step(event, menu) {
  const entries = [...menu.querySelectorAll("[role=menuitem]")];
  const at = entries.indexOf(document.activeElement);
  const delta = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (delta === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  entries[(at + delta + entries.length) % entries.length].focus();
}

function Entry({ job, action, close }) {
  const page = usePage();
  const { actions, api, view } = page;
  if (action === "download") {
    return html`<a role="menuitem" class="entry" href=${api.exportAddress(job.id, "csv")} download
      onClick=${close}>${t("action.download.csv")}</a>`;
  }
  const act = () => {
    close();
    if (action === "delete") view.deleting.value = job;
    else if (action === "repeat") actions.repeat(job);
    else if (action === "again") sameAgain(page, job);
    else actions.command(job, action);
  };
  return html`<button type="button" role="menuitem" class="entry ${action}" onClick=${act}>
    ${actionLabel(job, action)}</button>`;
}

// What is said of the job, and not to it.
function Others({ job, close }) {
  const { route, view } = usePage();
  const share = () => {
    close();
    view.sharing.value = job.id;
    route.go(route.toAddress());
  };
  const settle = () => {
    close();
    markSeen(job);
  };
  const needs = view.needs.value.has(job.id) && isOver(job);
  return html`<button type="button" role="menuitem" class="entry" onClick=${share}>
      ${t("share.open")}</button>
    ${
      needs &&
      html`<button type="button" role="menuitem" class="entry" onClick=${settle}>
      ${t("needs.seen")}</button>`
    }`;
}

function OpenMenu({ job, anchor }) {
  const { view } = usePage();
  const menu = useRef(null);
  const close = () => {
    view.menu.value = null;
  };
  useLayoutEffect(() => {
    const box = menu.current;
    place(box, anchor);
    box.querySelector("[role=menuitem]").focus();
    const outside = (event) => {
      if (!menu.current?.contains(event.target) && !anchor.contains(event.target)) close();
    };
    document.addEventListener("pointerdown", outside);
    window.addEventListener("resize", close);
    document.addEventListener("scroll", close, true);
    return () => {
      document.removeEventListener("pointerdown", outside);
      window.removeEventListener("resize", close);
      document.removeEventListener("scroll", close, true);
      if (box.contains(document.activeElement)) anchor.focus({ preventScroll: true });
    };
  }, [anchor]);
  return html`
    <div class="menu" role="menu" ref=${menu} aria-label=${t("more.label", { name: job.name })}
      onKeyDown=${(event) => step(event, menu.current)}>
      ${otherActions(job).map(
        (action) => html`<${Entry} key=${action} job=${job} action=${action} close=${close} />`,
      )}
      <${Others} job=${job} close=${close} />
    </div>`;
}

export function JobMenu() {
  const { desk, view } = usePage();
  const open = view.menu.value;
  const job = open && desk.jobs.value.find((one) => one.id === open.jobId);
  return job ? html`<${OpenMenu} key=${job.id} job=${job} anchor=${open.anchor} />` : null;
}
