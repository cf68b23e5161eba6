// What a task at work says that it does, in the page's words. The server says it in English, so
// that logs and other programs have one wording; what is not known here is shown as it came.
import { t } from "./words.js";

const SAID = /^round (\d+): (works|is judged)(?:, ([\d,]+) characters)?$/;
const WAITS = {
  "waits for the model's endpoint": "agent.stage.waits",
  "waits for room on the server's disk": "agent.stage.no_room",
};

// The round that it is in; 0 where it does not say.
export const roundOf = (stage) => Number(SAID.exec(stage ?? "")?.[1] ?? 0);

export function stageText(stage) {
  if (Object.hasOwn(WAITS, stage)) return t(WAITS[stage]);
  const [, round, doing, chars] = SAID.exec(stage ?? "") ?? [];
  if (doing === undefined) return stage ?? "";
  const what = t(doing === "works" ? "agent.stage.works" : "agent.stage.is_judged");
  const said = t("agent.stage", { round: Number(round), what });
  if (chars === undefined) return said;
  return t("agent.stage.chars", { what: said, n: Number(chars.replaceAll(",", "")) });
}
