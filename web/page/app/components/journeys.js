// The desk's journeys: what runs now, the list, and what can be done with it. One that is open is
// beside it (`journey-editor.js`).
import { useLayoutEffect, useRef, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { isOver } from "../job.js";
import { NotJourneys, exported, fromWire, imported, moved } from "../journeys.js";
import { usePage } from "../page.js";
import { atWork, background } from "../run.js";
import { useRunItems } from "../run-items.js";
import { useThrottled } from "../throttle.js";
import { t } from "../words.js";
import { Icon } from "./icons.js";
import { JourneyRow } from "./journey-row.js";
import { PageLink } from "./parts.js";
import { ProgressBox } from "./progress-box.js";
import { RunPanel } from "./run-panel.js";
import { SaveBar } from "./save-bar.js";
import { VirtualList, scrollToRow } from "./virtual-list.js";

const ROW_PX = 56;
const REFRESH_MS = 2000;
const FILE_NAME = "journeys.json";

function download(text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = FILE_NAME;
  link.click();
  URL.revokeObjectURL(address);
}

// Adds the journeys of a file at the end, chosen; they are kept when the user says so.
function useImport() {
  const { journeys } = usePage();
  const [refused, setRefused] = useState(null); // null, or which of the words says why not
  const take = async (file) => {
    if (!file) return;
    setRefused(null);
    try {
      const drafts = imported(await file.text());
      const known = journeys.list.peek() ?? [];
      journeys.change([...known, ...drafts]);
      journeys.choose([...journeys.chosen.peek(), ...drafts.map(({ key }) => key)]);
    } catch (error) {
      if (!(error instanceof NotJourneys)) throw error;
      setRefused(error.message);
    }
  };
  return { refused, take };
}

function Head({ onFile }) {
  const { journeys, route } = usePage();
  const drafts = journeys.list.value ?? [];
  const add = () => {
    const made = fromWire({});
    journeys.change([...drafts, made]);
    route.go(route.toJourney(made));
  };
  const picked = (event) => {
    onFile(event.currentTarget.files[0]);
    event.currentTarget.value = ""; // the same file may be given again
  };
  return html`<header class="journeys-head"><h1>${t("journeys.title")}</h1>
    <button type="button" class="button" disabled=${journeys.list.value === null} onClick=${add}>
      <${Icon} name="plus" />${t("journeys.add")}</button>
    <label class="upload"><input type="file" name="journeys" accept=".json,application/json"
      onChange=${picked} /><span class="button">${t("journeys.import")}</span></label>
    <button type="button" class="button" disabled=${drafts.length === 0}
      onClick=${() => download(exported(drafts))}>${t("journeys.export")}</button>
    <${PageLink} href=${route.home()} class="icon-button" aria-label=${t("journeys.leave")}
      title=${t("journeys.leave")}><${Icon} name="close" /><//></header>`;
}

const SELECTIONS = [
  ["all", () => true],
  ["none", () => false],
  ["open", (draft) => !draft.completed],
];

function Choosing() {
  const { journeys } = usePage();
  const drafts = journeys.list.value;
  const n = journeys.chosen.value.size;
  const choose = (matches) => journeys.choose(drafts.filter(matches).map(({ key }) => key));
  return html`<div class="choosing" role="group" aria-label=${t("journeys.choosing")}>
    <span class="small">${t("journeys.choosing")}</span>
    ${SELECTIONS.map(
      ([name, matches]) => html`<button type="button" class="button" key=${name}
      onClick=${() => choose(matches)}>${t(`journeys.choose.${name}`)}</button>`,
    )}
    <span class="small num" role="status">${t("journeys.chosen", { n, of: drafts.length })}</span>
  </div>`;
}

// Focus follows a row that was moved, once it is drawn in its new place.
function useMoving(frame) {
  const { journeys, notices } = usePage();
  const wanted = useRef(null);
  useLayoutEffect(() => {
    if (wanted.current === null) return;
    const { key, from } = wanted.current;
    const row = frame.current?.querySelector(`[data-journey="${key}"]`);
    if (!row) return;
    wanted.current = null;
    const found = row.querySelector(`[data-act=${from}]`);
    (found.disabled ? row.querySelector("[data-act=name]") : found).focus();
  });
  return (index, by, from) => {
    const drafts = journeys.list.peek();
    const to = index + by;
    if (to < 0 || to >= drafts.length) return;
    wanted.current = { key: drafts[index].key, from };
    scrollToRow(frame.current, to, drafts.length);
    notices.say(t("journeys.moved", { name: drafts[index].name, to: to + 1 }));
    journeys.change(moved(drafts, index, to));
  };
}

function useRows(frame) {
  const { desk, journeys, route } = usePage();
  const job = background(desk.jobs.value);
  const { byId } = useRunItems(job);
  // What a run has left undone when it was over is not to do any more.
  const rowOf = ({ id }) => {
    const row = id === null ? undefined : byId.get(id);
    return row?.status === "pending" && isOver(job) ? undefined : row;
  };
  const working = new Map((job ? atWork(job) : []).map((item) => [item.index, item]));
  const move = useMoving(frame);
  const chosen = journeys.chosen.value;
  const choose = (key, on) =>
    journeys.choose(on ? [...chosen, key] : [...chosen].filter((one) => one !== key));
  const drafts = journeys.list.value;
  return (index) => {
    const draft = drafts[index];
    const row = rowOf(draft);
    const wrong = journeys.wrong.value.get(draft.key)?.length ?? 0;
    const current = journeys.find(route.tab)?.key === draft.key;
    const now = row?.status === "pending" ? working.get(row.index) : undefined;
    return html`<${JourneyRow} key=${draft.key} draft=${draft} index=${index}
      count=${drafts.length} current=${current} chosen=${chosen.has(draft.key)} wrong=${wrong}
      row=${row} working=${now} act=${{ move, choose }} />`;
  };
}

function List() {
  const { journeys } = usePage();
  const frame = useRef(null);
  const row = useRows(frame);
  return html`<${VirtualList} count=${journeys.list.value.length} rowHeight=${ROW_PX}
    renderRow=${row} scrollRef=${frame} aria-label=${t("journeys.title")} />`;
}

function Body() {
  const { journeys } = usePage();
  const drafts = journeys.list.value;
  if (drafts === null)
    return html`<p class="quiet-note" aria-busy="true">${t("list.loading")}</p>`;
  if (drafts.length === 0)
    return html`<div class="quiet-note"><p>${t("journeys.none")}</p></div>`;
  return html`<${Choosing} /><${List} /><${RunPanel} />`;
}

// A file may be dropped anywhere on the view.
const dropped = (take) => ({
  onDragOver: (event) => {
    if (event.dataTransfer.types.includes("Files")) event.preventDefault();
  },
  onDrop: (event) => {
    if (event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  },
});

export function Journeys() {
  const { desk, journeys, route } = usePage();
  const { refused, take } = useImport();
  const job = background(desk.jobs.value);
  // A job that runs changes the desk all the time, and the journeys only where one ends.
  const running = job !== null && !isOver(job);
  const state = running ? job.counts.done : desk.saved.value?.revision;
  useThrottled(() => journeys.refresh(), `${job?.id} ${job?.status} ${state}`, REFRESH_MS);
  return html`<div class="journeys" ...${dropped(take)}>
    <${Head} onFile=${take} />
    ${refused && html`<p class="tab-error" role="alert">${t(`journeys.import.${refused}`)}</p>`}
    <${ProgressBox} />
    <${Body} />
    ${route.tab === "" && html`<${SaveBar} />`}
  </div>`;
}
