// Why the server did not take the form: what happened, and every item that is wrong, with its line.
import { useEffect, useRef } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { explain } from "../notices.js";
import { t } from "../words.js";

const SHOWN = 50;

// Which of the addresses is meant: by its line where the user typed it, else by its index.
function place(wrong, found) {
  if (found) return t("new.line", { n: found.line });
  return Number.isInteger(wrong.index) ? t("new.item", { index: `${wrong.index}` }) : wrong.field;
}

function Wrong({ wrong, lines }) {
  const found = lines[wrong.index];
  return html`<li><b>${place(wrong, found)}</b> <bdi>${wrong.reason}</bdi>
    ${found && html`<br /><code><bdi>${found.url}</bdi></code>`}</li>`;
}

export function FormError({ error, lines }) {
  const box = useRef(null);
  useEffect(() => box.current.scrollIntoView({ block: "nearest" }), [error]);
  const { what, todo, detail, code } = explain(error);
  const wrong = Array.isArray(error.details.errors) ? error.details.errors : [];
  const more = (error.details.error_count ?? wrong.length) - Math.min(SHOWN, wrong.length);
  return html`
    <div class="form-error" role="alert" ref=${box}>
      <p><b>${what}</b></p>
      ${
        wrong.length === 0
          ? html`<p>${todo}</p>`
          : html`<ol>
        ${wrong.slice(0, SHOWN).map(
          (one, at) => html`<${Wrong} key=${at} wrong=${one}
          lines=${lines} />`,
        )}
      </ol>`
      }
      ${more > 0 && wrong.length > 0 && html`<p>${t("new.more_wrong", { n: more })}</p>`}
      <p class="small">${detail && html`<bdi>${detail}</bdi> · `}<code>${code}</code></p>
    </div>`;
}
