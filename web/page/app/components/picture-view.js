// One picture of a job as large as there is room, and what the job says of it beside. Arrows turn
// to the next, Escape leads back.
import { useEffect, useLayoutEffect, useRef, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { bytes, has, number, t } from "../words.js";
import { canBegin } from "./begin-choice.js";
import { CopyButton, IconButton, OutsideLink } from "./parts.js";

// What one looks for comes first; what is of the file itself stands in the head.
const FACTS = ["prompt", "title", "parameters", "seeds", "width", "height", "url", "from", "work"];
const ADDRESSES = new Set(["url", "from"]);

function useOutcome(gallery, name) {
  const [state, setState] = useState({ outcome: null, error: null });
  useEffect(() => {
    let wanted = true;
    const tell = (found) => wanted && setState(found);
    tell({ outcome: null, error: null });
    gallery.outcomeOf(name).then(
      (outcome) => tell({ outcome, error: null }),
      (error) => {
        if (!error.code) throw error;
        tell({ outcome: null, error });
      },
    );
    return () => {
      wanted = false;
    };
  }, [gallery, name]);
  return state;
}

// Of several pictures of one prompt each has its seed.
function valueOf(outcome, fact, name) {
  if (fact !== "seeds") return outcome[fact];
  const place = outcome.files?.indexOf(name) ?? -1;
  return outcome.seeds?.[place] ?? null;
}

function Fact({ fact, value }) {
  const label = has(`field.${fact}`) ? t(`field.${fact}`) : fact;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const shown = ADDRESSES.has(fact)
    ? html`<${OutsideLink} url=${value} />`
    : html`<bdi>${fact === "width" || fact === "height" ? number(value) : text}</bdi>`;
  return html`<div class="fact"><dt>${fact === "seeds" ? t("spec.seed") : label}</dt>
    <dd class=${fact === "parameters" ? "whole-text" : ""}>${shown}</dd>
    <dd class="do"><${CopyButton} text=${text}
      label=${t("copy.field", { name: label })} small /></dd></div>`;
}

function Facts({ gallery, name }) {
  const { outcome, error } = useOutcome(gallery, name);
  if (error) return html`<p class="tab-error" role="status">${t("items.error")}</p>`;
  if (outcome === null) return null;
  const facts = FACTS.map((fact) => [fact, valueOf(outcome, fact, name)]);
  return html`<dl>${facts
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([fact, value]) => html`<${Fact} key=${fact} fact=${fact} value=${value} />`)}</dl>`;
}

// Escape is the tab's before it is the page's.
function keysOf({ at, count, onTurn, onClose }) {
  return (event) => {
    const turn = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") onClose();
    else if (turn && at + turn >= 0 && at + turn < count) onTurn(at + turn);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}

// What a job has made is what another begins with.
function Begin({ job, name }) {
  const { route, view } = usePage();
  if (route.isShared || !canBegin(name)) return null;
  const begin = () => {
    const { generate } = view.workshop.peek();
    const file = { job: job.id, name };
    const begun = { ...generate, begin: { file } };
    view.workshop.value = { ...view.workshop.peek(), generate: begun };
    view.draft.value = { ...view.draft.peek(), kind: "generate" };
    route.go(route.toNew());
  };
  return html`<button type="button" class="button" onClick=${begin}>${t("begin.use")}</button>`;
}

export function PictureView({ job, gallery, pictures, at, onTurn, onClose }) {
  const { api } = usePage();
  const box = useRef(null);
  const { name, size_bytes: size } = pictures[at];
  const address = api.artifactAddress(job.id, name);
  const count = pictures.length;
  useLayoutEffect(() => {
    const before = document.activeElement;
    box.current.focus();
    return () => before?.isConnected && before.focus();
  }, []);
  return html`<section class="picture-view" tabindex="-1" ref=${box} aria-label=${name}
    onKeyDown=${keysOf({ at, count, onTurn, onClose })}>
    <header><span class="num small">${number(at + 1)} / ${number(count)}</span>
      <h2 title=${name}><bdi>${name}</bdi></h2><span class="num small">${bytes(size)}</span>
      <${Begin} job=${job} name=${name} />
      <a class="button" href=${address} download>${t("action.download")}</a>
      <${IconButton} icon="back" label=${t("gallery.before")} disabled=${at === 0}
        onPress=${() => onTurn(at - 1)} />
      <${IconButton} icon="open" label=${t("gallery.next")} disabled=${at === count - 1}
        onPress=${() => onTurn(at + 1)} />
      <${IconButton} icon="close" label=${t("close")} onPress=${onClose} /></header>
    <div class="picture-large"><img key=${name} src=${address} alt=${name} /></div>
    <${Facts} key=${name} gallery=${gallery} name=${name} /></section>`;
}
