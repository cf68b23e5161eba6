// Money of calls as it is shown. The server tells exact decimals as text, and null for what nobody
// knows; nothing here adds money up but for drawing it. Pure.
import { number, t } from "./words.js";

// Below a dollar so many figures that say something; cents in any case.
const FIGURES = 3;
const CENTS = 2;

// Rounded, where there is little room; `exactly` has the whole figure.
export function money(usd) {
  if (usd === null || usd === undefined) return t("agent.unknown");
  const value = Number(usd);
  const places = value > 0 && value < 1 ? FIGURES - 1 - Math.floor(Math.log10(value)) : CENTS;
  const [whole, behind] = value.toFixed(Math.min(12, Math.max(CENTS, places))).split(".");
  const shown = behind.replace(/0+$/, "").padEnd(CENTS, "0");
  return `$${number(Number(whole))}.${shown}`;
}

// The whole figure: on a bill, and for who points at a rounded one.
export const exactly = (usd) =>
  usd === null || usd === undefined ? t("agent.unknown.note") : `$${usd}`;

const isUnknown = ({ usd }) => usd === null || usd === undefined;

// What some calls came to; of some of them nobody may know the price.
export function spentText(spend, say = money) {
  if (isUnknown(spend)) return spend.calls > 0 ? t("agent.unknown") : "–";
  return spend.unpriced > 0 ? t("agent.at_least", { usd: say(spend.usd) }) : say(spend.usd);
}

export const tokensOf = (spend) => spend.prompt_tokens + spend.completion_tokens;
