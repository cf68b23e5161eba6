// One call of a model in a transcript: what it said, what it had done, and what that came to.
import { exactly, money } from "../agent-money.js";
import { readable, subjectOf } from "../agent-transcript.js";
import { html } from "../html.js";
import { reasonIn } from "../reasons.js";
import { visibleLine } from "../visible.js";
import { duration, number, t } from "../words.js";
import { DiffView } from "./diff-view.js";
import { Fold } from "./fold.js";
import { StatusIcon } from "./icons.js";

const Text = ({ text, ...rest }) => html`<pre class="said" ...${rest}><bdi>${text}</bdi></pre>`;

// Who counted matters only where it was not the endpoint.
function Spent({ call }) {
  const { prompt_tokens: asked, completion_tokens: said, cost_usd: usd } = call;
  return html`<span class="small num">${t("agent.call.tokens", {
      asked: number(asked),
      said: number(said),
    })}</span>
    ${
      call.usage_from === "counted" &&
      html`<span class="small" title=${t("agent.counted.note")}>${t("agent.counted")}</span>`
    }
    <span class="small num" title=${exactly(usd)}>${money(usd)}</span>
    <span class="small num">${duration(call.duration_ms)}</span>`;
}

function Did({ did }) {
  return html`<h3>${t("agent.tool.output")}</h3><${Text} text=${did.output} tabindex="0" />`;
}

// A tool: its name and what it is about; in full what was asked, what came of it, and what changed.
export function ToolUse({ use }) {
  const { name, did } = use;
  const subject = visibleLine(subjectOf(use)).slice(0, 200);
  const state = did === null ? "waiting" : did.ok ? "ok" : "failed";
  const mark = { waiting: "pending", ok: "completed", failed: "failed" }[state];
  const summary = html`<${StatusIcon} status=${mark} label=${t(`agent.tool.${state}`)} />
    <code><bdi>${visibleLine(String(name)).slice(0, 100)}</bdi></code>
    ${subject && html`<bdi class="subject">${subject}</bdi>`}`;
  return html`<li class=${`use ${state}`}><${Fold} summary=${summary}>
      <h3>${t("agent.tool.asked")}</h3>
      <${Text} text=${readable(use.arguments ?? "")} tabindex="0" />
      ${did && html`<${Did} did=${did} />`}<//>
    ${(did?.changes ?? []).map((change, at) => html`<${DiffView} key=${at} change=${change} />`)}
    </li>`;
}

// What the judge has answered is in the verdict; its own words are there for who wonders.
export function Call({ call }) {
  const isJudge = call.role === "judge";
  const head = html`<span class=${`role ${call.role}`}>${t(`agent.role.${call.role}`)}</span>
    <bdi class="small">${visibleLine(String(call.model))}</bdi><${Spent} call=${call} />`;
  return html`<article class=${`call ${call.role}`}>
    <header>${head}</header>
    ${call.shortened > 0 && html`<p class="small">${t("agent.shortened")}</p>`}
    ${call.error && html`<p class="wrong"><bdi>${reasonIn(call.error)}</bdi></p>`}
    ${
      isJudge
        ? html`<${Fold} summary=${t("agent.judge.words")}><${Text} text=${call.text} /><//>`
        : call.text && html`<${Text} text=${call.text} />`
    }
    ${
      call.uses.length > 0 &&
      html`<ul class="uses">${call.uses.map(
        (use, at) => html`<${ToolUse} key=${at} use=${use} />`,
      )}</ul>`
    }
    ${call.left_out > 0 && html`<p class="small">${t("agent.left_out", { n: call.left_out })}</p>`}
    ${call.finish === "length" && html`<p class="small">${t("agent.finish.length")}</p>`}
  </article>`;
}

// What belongs to no call: a tool of a call that is not here, a folder put back, a damaged line.
export function Other({ record }) {
  if (record.type === "tool")
    return html`<ul class="uses"><${ToolUse} use=${{ ...record, arguments: "", did: record }} />
      </ul>`;
  if (record.type === "restored")
    return html`<div class="call"><p class="small">${t("agent.restored", {
      round: number(record.round),
    })}</p>${(record.changes ?? []).map(
      (change, at) => html`<${DiffView} key=${at} change=${change} />`,
    )}</div>`;
  if (record.type !== "unread") return null;
  return html`<p class="wrong">${t("agent.unread")} <code><bdi>${record.name}</bdi></code></p>`;
}
