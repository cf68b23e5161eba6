// What the job of a form will cost, and whether there is enough: said before it is started.
import { useEffect, useMemo } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { LedgerView, costOf } from "../tokens.js";
import { number, t } from "../words.js";
import { PageLink } from "./parts.js";

// What addresses of a kind cost here, as the server's price list says; null until it is known.
function usePrices() {
  const { api } = usePage();
  const view = useMemo(() => new LedgerView(api), [api]);
  useEffect(() => {
    view.read();
  }, [view]);
  return view.ledger.value?.prices ?? null;
}

// What so many of them cost, of what is free; null where that is nothing, or not known.
export function useCost(kind, count) {
  const { desk } = usePage();
  const prices = usePrices();
  return costOf(prices?.[kind], count, desk.tokens.value?.free ?? 0);
}

export function Cost({ cost, isScheduled }) {
  const { route } = usePage();
  if (cost === null) return null;
  const word = isScheduled ? "cost.pass" : "cost.once";
  const reckoned = { count: number(cost.count), price: cost.price, free: number(cost.free) };
  return html`<p class=${`cost${cost.missing > 0 ? " missing" : ""}`} role="status">
    <b class="num">${t(word, { n: cost.required })}</b>
    <span class="small num">${t("cost.reckoned", reckoned)}</span>
    ${cost.missing > 0 && html`<span>${t("cost.missing", { n: cost.missing })}</span>`}
    <${PageLink} href=${route.toTokens()}>${t("cost.look")}<//></p>`;
}
