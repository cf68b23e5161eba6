// The desk's address: to copy, and to replace. The second modal: whoever has the old one is shut
// out.
import { useLayoutEffect, useRef, useState } from "../../vendor/hooks.js";
import { newKey } from "../api.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { t } from "../words.js";
import { CopyButton, PaneHead } from "./parts.js";
import { DeskCode } from "./qr.js";
import { SharePanel } from "./share-panel.js";

// One key until there is an answer: a lost one is asked for again and told the same address.
function useNewAddress(close) {
  const { actions, notices, route, view } = usePage();
  const [state, setState] = useState("asking"); // asking | sent | lost
  const waiting = useRef(null);
  const go = async () => {
    waiting.current = new AbortController();
    view.moving.value = true;
    setState("sent");
    try {
      const { signal } = waiting.current;
      const desk = await actions.newAddress(newKey(), signal, () => setState("lost"));
      window.location.replace(route.toAddressOf(desk.desk_id));
    } catch (error) {
      view.moving.value = false;
      close();
      if (!error.code) throw error;
      notices.error(error, { subject: t("address.title") });
    }
  };
  // Nothing more is asked; where the old address is no more, the page says so.
  const stop = () => {
    waiting.current?.abort();
    view.moving.value = false;
  };
  return { state, go, stop };
}

function Confirm({ close }) {
  const dialog = useRef(null);
  const { state, go, stop } = useNewAddress(close);
  useLayoutEffect(() => {
    dialog.current.showModal();
  }, []);
  const leave = () => {
    if (state === "sent") return;
    stop();
    close();
  };
  const busy = state !== "asking";
  const cancel = (event) => {
    event.preventDefault(); // Escape: what was sent cannot be taken back by closing
    leave();
  };
  return html`
    <dialog ref=${dialog} class="dialog" onCancel=${cancel} aria-labelledby="address-ask">
      <h2 id="address-ask">${t("address.ask")}</h2>
      <p>${t("address.ask.text")}</p>
      ${busy && html`<p class="small" role="status">${t(`address.${state}`)}</p>`}
      <div class="buttons">
        <button type="button" class="button" autofocus disabled=${state === "sent"}
          onClick=${leave}>${t(busy ? "address.stop" : "address.keep")}</button>
        <button type="button" class="button danger" disabled=${busy} onClick=${go}>
          ${t("address.make")}</button>
      </div>
    </dialog>`;
}

// The same as text: two lines to be typed, or copied.
function OnTerminal({ address }) {
  const command = `curl -s ${address}.txt`;
  return html`<section aria-labelledby="address-text">
    <h2 id="address-text">${t("address.text")}</h2>
    <div class="address"><code>${command}</code><${CopyButton} text=${command} /></div>
    <p class="small">${t("address.text.note")}</p></section>`;
}

function Replacing() {
  const [asking, setAsking] = useState(false);
  return html`<section aria-labelledby="address-replace">
    <h2 id="address-replace">${t("address.replace")}</h2>
    <p>${t("address.why")}</p>
    <p><button type="button" class="button" onClick=${() => setAsking(true)}>
      ${t("address.make")}</button></p>
    ${asking && html`<${Confirm} close=${() => setAsking(false)} />`}</section>`;
}

export function Address() {
  const { route } = usePage();
  const address = `${window.location.origin}${route.home()}`;
  const local = route.desk === "local";
  return html`
    <section class="new-job address-pane" aria-label=${t("address.title")}>
      <${PaneHead} title=${t("address.title")} />
      <div class="pane-body">
        <div class="address"><code>${address}</code><${CopyButton} text=${address} /></div>
        <p>${t(local ? "key.local.note" : "address.about")}</p>
        <${DeskCode} />
        <${SharePanel} />
        <${OnTerminal} address=${address} />
        ${!local && html`<${Replacing} />`}
      </div>
    </section>`;
}
