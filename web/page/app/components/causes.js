// Failures by cause, above the table, each with what would help.
import { useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { group } from "../causes.js";
import { usePage } from "../page.js";
import { reasonIn } from "../reasons.js";
import { useThrottled } from "../throttle.js";
import { has, t } from "../words.js";
import { Remake } from "./remake.js";

const READ_AT_MOST = 500;
const SHOWN = 3;
const REFRESH_MS = 3000;

function useFailures(job) {
  const { api } = usePage();
  const [outcomes, setOutcomes] = useState([]);
  const read = async () => {
    if (job.counts.failed === 0) return setOutcomes([]);
    const query = { status: "failed", offset: 0, limit: READ_AT_MOST };
    // The table beside it says when the server does not answer; the groups then stay as they are.
    return api.items(job.id, query).then(
      (page) => setOutcomes(page.items),
      () => undefined,
    );
  };
  useThrottled(read, `${job.counts.failed} ${job.status}`, REFRESH_MS);
  return outcomes;
}

// Reasons are the server's; of some the page has words of its own.
function said(what) {
  if (what === "poisoned") return t("outcome.poisoned");
  return has(what) ? t(what) : reasonIn(what);
}

export function Causes({ job }) {
  const outcomes = useFailures(job);
  if (job.counts.failed === 0 || outcomes.length === 0) return null;
  const groups = group(outcomes);
  const rest = groups.length - SHOWN;
  return html`
    <ul class="causes" aria-label=${t("causes.label")}>
      ${groups.slice(0, SHOWN).map(
        ({ what, host, advice, n }) => html`<li key=${`${what} ${host}`}>
        <b class="num">${n} ×</b>${" "}
        <bdi>${said(what)}</bdi>
        ${host !== null && html`<span> ${t("causes.from")} <bdi>${host}</bdi></span>`}
        <small>${t(`advice.${advice}`)}</small></li>`,
      )}
      ${rest > 0 && html`<li class="small">${t("causes.more", { n: rest })}</li>`}
      ${
        job.kind === "document" &&
        html`<${Remake} job=${job} outcomes=${outcomes} />`
      }
    </ul>`;
}
