// One journey in the list: chosen or not, its name and address, its steps, when it may run, how it
// last went, and the two buttons that move it.
import { html } from "../html.js";
import { windowOf } from "../journeys.js";
import { now } from "../now.js";
import { usePage } from "../page.js";
import { reasonIn } from "../reasons.js";
import { isPlainClick } from "../route.js";
import { visibleLine } from "../visible.js";
import { moment, t } from "../words.js";
import { StatusIcon } from "./icons.js";
import { OutcomeMark } from "./item-row.js";
import { IconButton, PageLink } from "./parts.js";
import { stepsAhead } from "./step-list.js";

function stepsText(draft) {
  const { steps, generated } = draft;
  if (steps.length === 0) return t("journeys.no_path");
  const n = steps.length + stepsAhead(draft);
  return t(generated ? "journeys.steps.found" : "journeys.steps", { n });
}

function Window({ draft }) {
  const state = windowOf(draft, now.value);
  const at = { early: draft.not_before, late: draft.expires_at }[state] ?? draft.expires_at;
  if (at === null) return html`<span class="c-window"></span>`;
  const key = state === "" ? "journeys.until" : `journeys.${state}`;
  return html`<span class="c-window ${state}">${t(key, { time: moment(at) })}</span>`;
}

// What is going on, else how it ended in the last run, else that it once ended well.
function Result({ draft, row, working }) {
  if (working)
    return html`<span class="c-last">
      <${StatusIcon} status="running" label=${t("status.running")} />
      <span class="num">${Math.floor(working.percent)}%</span></span>`;
  if (row?.status === "failed" || row?.status === "poisoned" || row?.status === "skipped") {
    const reason = reasonIn(row.error);
    return html`<span class="c-last" title=${reason}><${OutcomeMark} status=${row.status} />
      <bdi>${visibleLine(reason ?? t(`outcome.${row.status}`))}</bdi></span>`;
  }
  if (row?.status === "pending")
    return html`<span class="c-last"><${StatusIcon} status="queued" label=${t("status.queued")} />
      <span>${t("outcome.pending")}</span></span>`;
  if (draft.completed)
    return html`<span class="c-last"><${StatusIcon} status="completed"
      label=${t("journeys.completed")} /> <span>${t("journeys.completed")}</span></span>`;
  return html`<span class="c-last"></span>`;
}

export function JourneyRow({ draft, index, count, current, chosen, wrong, row, working, act }) {
  const { route } = usePage();
  const name = draft.name || draft.url || t("journey.new");
  const open = (event) => {
    if (isPlainClick(event) && !event.defaultPrevented && !event.target.closest("input, button"))
      route.go(route.toJourney(draft));
  };
  const onKey = (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!event.altKey || by === undefined) return;
    event.preventDefault();
    act.move(index, by, "name");
  };
  return html`<div class="journey-row ${current ? "current" : ""}" role="listitem" onClick=${open}
      onKeyDown=${onKey} data-journey=${draft.key} aria-setsize=${count} aria-posinset=${index + 1}>
    <input type="checkbox" checked=${chosen} aria-label=${t("journeys.choose", { name })}
      onChange=${(event) => act.choose(draft.key, event.currentTarget.checked)} />
    <div class="c-what"><${PageLink} href=${route.toJourney(draft)} class="name" data-act="name"
        title=${name} aria-current=${current ? "page" : null}><bdi>${visibleLine(name)}</bdi><//>
      <bdi class="small" title=${draft.url}>${visibleLine(draft.url)}</bdi></div>
    <span class="c-facts"><span class="c-steps">${stepsText(draft)}</span>
      <${Window} draft=${draft} /></span>
    ${
      wrong > 0
        ? html`<span class="c-last wrong">${t("journeys.row.wrong", { n: wrong })}</span>`
        : html`<${Result} draft=${draft} row=${row} working=${working} />`
    }
    <span class="c-move"><${IconButton} icon="up" label=${t("journeys.up", { name })} data-act="up"
        disabled=${index === 0} onPress=${() => act.move(index, -1, "up")} />
      <${IconButton} icon="down" label=${t("journeys.down", { name })} data-act="down"
        disabled=${index === count - 1} onPress=${() => act.move(index, 1, "down")} /></span>
  </div>`;
}
