// The desk's address: to copy, and to replace. The second modal: whoever has the old one is shut
// out.
import { useLayoutEffect, useRef, useState } from "../../vendor/hooks.js";
import { newKey } from "../api.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { t } from "../words.js";
import { Icon } from "./icons.js";
import { CopyButton, PageLink } from "./parts.js";

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

export function Address() {
  const { route } = usePage();
  const [asking, setAsking] = useState(false);
  const address = `${window.location.origin}${route.home()}`;
  return html`
    <section class="new-job" aria-label=${t("address.title")}>
      <header class="pane-head"><h1>${t("address.title")}</h1>
        <${PageLink} href=${route.home()} class="icon-button" aria-label=${t("close")}>
          <${Icon} name="close" /><//></header>
      <div class="pane-body">
        <div class="address"><code>${address}</code><${CopyButton} text=${address} /></div>
        <p>${t("address.about")}</p>
        <p>${t("address.why")}</p>
      </div>
      <footer class="pane-foot">
        <button type="button" class="button" onClick=${() => setAsking(true)}>
          ${t("address.make")}</button>
      </footer>
      ${asking && html`<${Confirm} close=${() => setAsking(false)} />`}
    </section>`;
}
