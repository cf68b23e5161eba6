// What the job of a form would be, as the server says before it is made: how many items, what they
// cost, how long they may take, and what is still wrong.
import { useEffect, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { useSettled } from "../throttle.js";
import { number, t } from "../words.js";
import { reasonIn } from "../reasons.js";
import { PageLink } from "./parts.js";

const QUIET_MS = 500;
// A larger file is counted when it is handed over.
export const MOST_FILE_BYTES = 1024 * 1024;

const NOTHING = { outline: null, error: null };

// As rough as it is known.
const UNITS = [
  [172800, 86400, "days"],
  [7200, 3600, "hours"],
  [100, 60, "minutes"],
  [0, 1, "seconds"],
];

function longTime(seconds) {
  const [, size, unit] = UNITS.find(([least]) => seconds >= least);
  return t(`estimate.${unit}`, { n: Math.max(1, Math.round(seconds / size)) });
}

// `{outline, error, busy}` of a request, once it has not changed for a moment; `job` is null where
// there is nothing to ask about yet.
export function useOutline(job, file = null) {
  const { api } = usePage();
  const tooLarge = file !== null && file.size > MOST_FILE_BYTES;
  const wanted = job === null || tooLarge ? null : JSON.stringify([job, file?.name, file?.lastModified]);
  const asked = useSettled(wanted, QUIET_MS);
  const [state, setState] = useState({ ...NOTHING, of: null });
  useEffect(() => {
    if (asked === null || asked !== wanted) return undefined;
    const ends = new AbortController();
    const tell = (found) => ends.signal.aborted || setState({ ...NOTHING, ...found, of: asked });
    api.outline(job, file, ends.signal).then(
      (outline) => tell({ outline }),
      (error) => {
        if (!error.code) throw error;
        tell({ error });
      },
    );
    return () => ends.abort();
  }, [api, asked]);
  if (wanted === null) return { ...NOTHING, busy: false, tooLarge };
  return { ...state, busy: state.of !== wanted, tooLarge };
}

export const isAffordable = ({ outline }) => (outline?.missing_tokens ?? 0) === 0;

function Duration({ expected, grows }) {
  if (grows) return html`<span>${t("estimate.grows", { n: grows })}</span>`;
  if (!expected) return html`<span class="quiet">${t("estimate.unknown")}</span>`;
  const word = `estimate.${expected.basis}`;
  return html`<span><b class="num">${t("estimate.about", { time: longTime(expected.seconds) })}</b>
    <span class="small"> ${t(word, { n: expected.jobs })}</span></span>`;
}

function Price({ outline, isScheduled }) {
  const { price_tokens: price, missing_tokens: missing, free_tokens: free } = outline;
  const { route } = usePage();
  if (price === 0) return null;
  return html`<b class="num">${t(isScheduled ? "cost.pass" : "cost.once", { n: price })}</b>
    <span class="small num">${t("estimate.free", { free: number(free) })}</span>
    ${missing > 0 && html`<span class="lacks">${t("cost.missing", { n: missing })}</span>`}
    <${PageLink} href=${route.toTokens()}>${t("cost.look")}<//>`;
}

// The first thing that is wrong, as it would be told if the job were started now. `find` gives its
// line, as `FormError` has it.
function NotYet({ error, find }) {
  const [first] = error.details?.errors ?? [];
  if (!first) return html`<span class="quiet"><bdi>${error.message}</bdi></span>`;
  const more = (error.details.error_count ?? 1) - 1;
  const line = find(first);
  return html`<span class="quiet">${t("estimate.not_yet")} <bdi>${placeOf(first, line)}</bdi>
    ${line && html` <code><bdi>${line.url}</bdi></code> –`}${" "}<bdi>${reasonIn(first.reason)}</bdi>
    ${more > 0 && ` ${t("estimate.more", { n: more })}`}</span>`;
}

function placeOf({ index, field }, line) {
  if (line) return t("new.line", { n: line.line });
  return Number.isInteger(index) ? t("new.item", { index: `${index}` }) : field;
}

export function Estimate({ found, isScheduled, find }) {
  const { outline, error, busy, tooLarge } = found;
  if (tooLarge)
    return html`<p class="cost estimate" role="status"><span class="quiet">${t("estimate.file")}
      </span></p>`;
  if (!outline && !error) return null;
  const missing = outline && outline.missing_tokens > 0;
  return html`<p class=${`cost estimate${missing ? " missing" : ""}`} role="status" aria-busy=${busy}>
    ${error && html`<${NotYet} error=${error} find=${find} />`}
    ${
      outline &&
      html`<span class="num">${t("estimate.items", { n: outline.items })}</span>
      <${Duration} expected=${outline.expected} grows=${outline.grows_to} />
      <${Price} outline=${outline} isScheduled=${isScheduled} />`
    }</p>`;
}
