// Who did what to this desk, newest first: a line says it in words, then by whom and from where.
import { useMemo } from "../../vendor/hooks.js";
import { AuditTrail } from "../audit.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { useThrottled } from "../throttle.js";
import { visibleLine } from "../visible.js";
import { fullTime, has, t } from "../words.js";
import { Icon } from "./icons.js";
import { PageLink } from "./parts.js";

const REFRESH_MS = 2000;
const SHORT = 8; // characters of a hash or id that tell one from another

function JobName({ id }) {
  const { desk, route } = usePage();
  const job = desk.jobs.value.find((one) => one.id === id);
  if (!job) return html`<span class="num">${id.slice(0, SHORT)}</span>`;
  return html`<${PageLink} href=${route.toJob(id)}><bdi>${visibleLine(job.name)}</bdi><//>`;
}

export function outcome(line) {
  if (line.outcome === "ok") return null;
  if (line.outcome === "replayed") return t("audit.replayed");
  const said = has(`error.${line.outcome}`) ? t(`error.${line.outcome}`) : line.outcome;
  return t("audit.refused", { why: said });
}

export function by(line) {
  if (line.means === "system") return t("audit.by.system");
  const who = line.who.slice(0, SHORT);
  return t(`audit.by.${line.means}`, { who, from: line.from });
}

function Line({ line }) {
  const wrong = outcome(line);
  return html`<li class=${wrong ? "refused" : ""}>
    <time class="num small" datetime=${line.at}>${fullTime(line.at)}</time>
    <div>
      <p><b>${t(`audit.what.${line.what}`)}</b>${" "}
        ${line.job_id && html`<${JobName} id=${line.job_id} />`}</p>
      ${wrong && html`<p>${wrong}</p>`}
      ${line.more > 0 && html`<p>${t("audit.more", { n: line.more })}</p>`}
      ${line.lost > 0 && html`<p>${t("audit.lost", { n: line.lost })}</p>`}
      <p class="small">${by(line)}</p>
    </div></li>`;
}

export function Audit() {
  const { api, desk, route } = usePage();
  const trail = useMemo(() => new AuditTrail(api), [api]);
  useThrottled(() => trail.read(), desk.saved.value?.revision, REFRESH_MS);
  const lines = trail.lines.value;
  return html`
    <div class="new-job">
      <header class="pane-head"><h1>${t("audit.title")}</h1>
        <${PageLink} href=${route.home()} class="icon-button" aria-label=${t("close")}>
          <${Icon} name="close" /><//></header>
      <div class="pane-body">
        <p class="small">${t("audit.about")}</p>
        ${trail.error.value && html`<p class="tab-error" role="status">${t("items.error")}</p>`}
        ${lines?.length === 0 && html`<p class="quiet-note">${t("audit.nothing")}</p>`}
        <ol class="audit">
          ${(lines ?? []).slice().reverse().map((line, index) => html`<${Line} key=${index} line=${line} />`)}
        </ol>
        ${
          trail.earlier.value &&
          html`<button type="button" class="button earlier" onClick=${() => trail.readEarlier()}>
            ${t("audit.earlier")}</button>`
        }
      </div>
    </div>`;
}
