// What a new job is to do: the same choice above every form, of the kinds that this server does.
import { html } from "../html.js";
import { usePage } from "../page.js";
import { reasonIn } from "../reasons.js";
import { has, t } from "../words.js";

// Those that the page knows, in this order; others behind them.
const ORDER = [
  "fetch", "visit", "tab", "document", "generate", "crawl", "tag", "train", "classify", "agent",
];

const placeOf = ({ kind }) => (ORDER.indexOf(kind) + ORDER.length + 1) % (ORDER.length + 1);
const sorted = (entries) => [...entries].sort((one, other) => placeOf(one) - placeOf(other));

export const kindName = ({ kind, package: from, title }) =>
  from === "" && has(`new.kind.${kind}`) ? t(`new.kind.${kind}`) : title || kind;

const noteOf = ({ kind, package: from, help }) =>
  from === "" && has(`new.kind.${kind}.note`) ? t(`new.kind.${kind}.note`) : help;

function Kind({ entry, chosen, onKind }) {
  const { kind, lacks, partly } = entry;
  const gone = lacks !== null && !partly;
  return html`<label class="check ${gone ? "lacking" : ""}"><input type="radio" name="kind"
      value=${kind} checked=${chosen} onChange=${() => onKind(kind)} />
    <span>${kindName(entry)}<small>${noteOf(entry)}</small>
      ${lacks && chosen && html`<small class="lacks"><bdi>${reasonIn(lacks)}</bdi></small>`}
      ${lacks && !chosen && gone && html`<small class="lacks">${t("kinds.not_here")}</small>`}
      </span></label>`;
}

export function KindField({ kind, onKind }) {
  const { kinds } = usePage();
  return html`<fieldset class="kinds"><legend>${t("new.kind")}</legend>
    ${sorted(kinds.entries.value ?? []).map(
      (entry) => html`<${Kind} key=${entry.kind} entry=${entry} chosen=${entry.kind === kind}
      onKind=${onKind} />`,
    )}</fieldset>`;
}
