// Failures by cause, above the table: all of them, as the server groups them, each with what would
// help and a button that does it. `onShow(filter)` shows a group's items.
import { useState } from "../../vendor/hooks.js";
import { actsFor } from "../fixes.js";
import { html } from "../html.js";
import { causesOf } from "../items-api.js";
import { isOver } from "../job.js";
import { usePage } from "../page.js";
import { reasonIn } from "../reasons.js";
import { useThrottled } from "../throttle.js";
import { fullTime, has, number, t } from "../words.js";
import { CauseActs, RetryLater } from "./cause-acts.js";
import { Remake } from "./remake.js";

const READ_AT_MOST = 500;
const SHOWN = 3;
const REFRESH_MS = 3000;

function useCauses(job) {
  const { api } = usePage();
  const [found, setFound] = useState({ failed: 0, causes: [] });
  const read = async () => {
    if (job.counts.failed === 0) return setFound({ failed: 0, causes: [] });
    // The table beside it says when the server does not answer; the groups then stay as they are.
    return causesOf(api, job.id).then(setFound, () => undefined);
  };
  useThrottled(read, `${job.counts.failed} ${job.status}`, REFRESH_MS);
  return found;
}

// What failed of a job of documents, for it to be made again by another.
function useFailures(job) {
  const { api } = usePage();
  const [outcomes, setOutcomes] = useState([]);
  const read = async () => {
    if (job.kind !== "document") return undefined;
    const query = { status: "failed", offset: 0, limit: READ_AT_MOST };
    return api.items(job.id, query).then(
      (page) => setOutcomes(page.items),
      () => undefined,
    );
  };
  useThrottled(read, `${job.counts.failed} ${job.status}`, REFRESH_MS);
  return outcomes;
}

// Reasons are the server's; of some the page has words of its own.
export function causeText(cause) {
  if (cause === null) return t("causes.rest");
  if (cause === "poisoned") return t("outcome.poisoned");
  return has(cause) ? t(cause) : reasonIn(cause);
}

// Where: the one host, or how many and the first of them.
function From({ cause }) {
  if (cause.host !== null && cause.host !== "-")
    return html`<span> ${t("causes.from")} <bdi>${cause.host}</bdi></span>`;
  if (cause.hosts_n < 2) return null;
  const most = cause.hosts.map(({ host, n }) => `${host} (${number(n)})`).join(", ");
  return html`<span title=${most}> ${t("causes.hosts", { n: cause.hosts_n })}</span>`;
}

function Group({ job, cause, onShow }) {
  const when = `${fullTime(cause.since)} – ${fullTime(cause.latest)}`;
  const show = onShow && cause.filter && (() => onShow(cause.filter));
  return html`<li>
    <div class="cause-said" title=${when}><b class="num">${number(cause.n)} ×</b>${" "}
      <bdi>${causeText(cause.cause)}</bdi><${From} cause=${cause} />
      <small>${t(`advice.${cause.advice}`)}</small></div>
    <${CauseActs} job=${job} cause=${cause} onShow=${show} /></li>`;
}

export function Causes({ job, onShow = null }) {
  const { causes } = useCauses(job);
  const outcomes = useFailures(job);
  const { route } = usePage();
  const [all, setAll] = useState(false);
  if (job.counts.failed === 0 || causes.length === 0) return null;
  const rest = causes.length - SHOWN;
  const canRetry =
    !route.isShared && causes.some((cause) => actsFor(job, cause).includes("retry"));
  return html`
    <ul class="causes" aria-label=${t("causes.label")}>
      ${(all ? causes : causes.slice(0, SHOWN)).map(
        (cause) => html`<${Group} key=${`${cause.cause} ${cause.host}`} job=${job} cause=${cause}
        onShow=${onShow} />`,
      )}
      ${
        rest > 0 &&
        html`<li class="small"><button type="button" class="link" aria-expanded=${all}
          onClick=${() => setAll(!all)}>
          ${all ? t("causes.fewer") : t("causes.more", { n: rest })}</button></li>`
      }
      ${canRetry && !isOver(job) && html`<li><${RetryLater} at="causes" /></li>`}
      ${
        job.kind === "document" &&
        !route.isShared &&
        html`<${Remake} job=${job} outcomes=${outcomes} />`
      }
    </ul>`;
}
