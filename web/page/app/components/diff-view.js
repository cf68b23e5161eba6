// What became of a file, line by line. Lines are text and nothing else, whoever has written them.
import { useState } from "../../vendor/hooks.js";
import { countsOf, linesOf } from "../agent-transcript.js";
import { html } from "../html.js";
import { visibleLine } from "../visible.js";
import { bytes, number, t } from "../words.js";
import { Fold } from "./fold.js";

const SHOWN = 200;
const SIGN = { added: "+", removed: "−", hunk: "", head: "", same: "" };

function Lines({ lines }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? lines : lines.slice(0, SHOWN);
  const rest = lines.length - shown.length;
  return html`<pre class="diff" role="group" tabindex="0" aria-label=${t("agent.diff")}>${shown.map(
    ({ text, kind }, at) => html`<span key=${at} class=${`line-of ${kind}`}>${
      SIGN[kind] && html`<span class="unseen">${t(`agent.line.${kind}`)}</span>`
    }${visibleLine(text) || " "}</span>`,
  )}</pre>
    ${
      rest > 0 &&
      html`<button type="button" class="button" onClick=${() => setWhole(true)}>
      ${t("agent.more_lines", { n: rest })}</button>`
    }`;
}

export function DiffView({ change }) {
  const { path, became, diff, size_bytes: size } = change;
  const lines = linesOf(diff ?? "");
  const { added, removed } = countsOf(lines);
  const head = html`<code><bdi>${visibleLine(String(path))}</bdi></code>
    ${became === "gone" && html`<span class="small">${t("agent.became.gone")}</span>`}
    ${became === "binary" && html`<span class="small num">${t("agent.became.binary")}
      ${bytes(size)}</span>`}
    ${lines.length > 0 && html`<span class="num added">+${number(added)}</span>
      <span class="num removed">−${number(removed)}</span>`}`;
  if (lines.length === 0) return html`<p class="change">${head}</p>`;
  return html`<${Fold} class="change" summary=${head} open=${lines.length <= SHOWN}>
    <${Lines} lines=${lines} /><//>`;
}
