// What the server's browser shows of the item at work, about once a second, while somebody looks;
// and the screenshots that it has taken of it so far.
import { useEffect, useRef, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { Live } from "../live.js";
import { usePage } from "../page.js";
import { atWork } from "../run.js";
import { number, t } from "../words.js";
import { Shots, useShots } from "./shots.js";

// Drawn onto a canvas: nothing has to be loaded from an address, and nothing is left to give back.
function draw(canvas, picture) {
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext("2d").drawImage(picture, 0, 0);
}

function useLive(job, item) {
  const { api } = usePage();
  const canvas = useRef(null);
  // `says`: waiting | nothing | seen | silent
  const [state, setState] = useState({ item: null, says: "waiting" });
  useEffect(() => {
    const live = new Live(api, job.id, item, {
      onPicture: (picture, of) => {
        draw(canvas.current, picture);
        setState({ item: of, says: "seen" });
      },
      onNothing: (says) => setState((before) => ({ ...before, says })),
    });
    live.start();
    return () => live.stop();
  }, [job.id, item]);
  return { canvas, ...state };
}

function Chooser({ items, chosen, onChoose }) {
  if (items.length < 2) return null;
  const choose = ({ currentTarget: { value } }) => onChoose(value === "" ? null : Number(value));
  return html`<label>${t("live.item")} <select value=${chosen ?? ""} onChange=${choose}>
    <option value="">${t("live.any")}</option>
    ${items.map(({ index }) => html`<option key=${index} value=${index}>#${index}</option>`)}
    </select></label>`;
}

function Pictures({ job, item }) {
  const shots = useShots(job).filter((shot) => shot.item === item);
  if (shots.length === 0) return null;
  return html`<div class="live-shots"><h3>${t("live.shots", { n: shots.length })}</h3>
    <${Shots} job=${job} shots=${shots.toReversed()} /></div>`;
}

function Screen({ job }) {
  const items = atWork(job);
  const [asked, setAsked] = useState(null);
  const wanted = items.some(({ index }) => index === asked) ? asked : null;
  const { canvas, item, says } = useLive(job, wanted);
  const shown = wanted ?? item ?? items[0]?.index ?? null;
  const label = item === null ? t("live.title") : t("live.of", { index: number(item) });
  return html`<p class="small">${t("live.about")}</p>
    <${Chooser} items=${items} chosen=${wanted} onChoose=${setAsked} />
    <div class="screen ${says}"><canvas ref=${canvas} width="1280" height="720" role="img"
      aria-label=${label}></canvas>
      <p>${says === "seen" ? "" : t(`live.${says}`)}</p></div>
    <${Pictures} job=${job} item=${shown} />`;
}

export function LiveButton() {
  const { view } = usePage();
  const open = view.live.value;
  const toggle = () => {
    view.live.value = !open;
  };
  return html`<button type="button" class="button" aria-expanded=${open} onClick=${toggle}>
    ${t(open ? "live.close" : "live.open")}</button>`;
}

// The panel, where it is open.
export function LiveView({ job }) {
  const { view } = usePage();
  if (!view.live.value) return null;
  return html`<section class="live-view" aria-label=${t("live.title")}>
    <${Screen} key=${job.id} job=${job} /></section>`;
}
