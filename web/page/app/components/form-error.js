// Why the server did not take the form: what happened, and every item that is wrong, with its line.
import { useEffect, useRef } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { explain } from "../notices.js";
import { t } from "../words.js";

const SHOWN = 50;

// Which of the addresses is meant: by its line where the user typed it, by its place in the file
// that was uploaded, else by its index.
function place(wrong, found) {
  if (found) return t("new.line", { n: found.line });
  if (wrong.where) return wrong.where;
  return Number.isInteger(wrong.index) ? t("new.item", { index: `${wrong.index}` }) : wrong.field;
}

function Wrong({ wrong, find }) {
  const found = find(wrong);
  return html`<li><b><bdi>${place(wrong, found)}</bdi></b> <bdi>${wrong.reason}</bdi>
    ${found && html`<br /><code><bdi>${found.url}</bdi></code>`}</li>`;
}

// `find` gives the line, and the text on it, that a wrong entry stands on; nothing for others.
export function FormError({ error, find }) {
  const box = useRef(null);
  useEffect(() => box.current.scrollIntoView({ block: "nearest" }), [error]);
  const { what, todo, detail, code } = explain(error);
  const wrong = Array.isArray(error.details.errors) ? error.details.errors : [];
  const more = (error.details.error_count ?? wrong.length) - Math.min(SHOWN, wrong.length);
  return html`
    <div class="form-error" role="alert" ref=${box}>
      <p><b><bdi>${what}</bdi></b></p>
      ${
        wrong.length === 0
          ? html`<p>${todo}</p>`
          : html`<ol>
        ${wrong.slice(0, SHOWN).map(
          (one, at) => html`<${Wrong} key=${at} wrong=${one}
          find=${find} />`,
        )}
      </ol>`
      }
      ${more > 0 && wrong.length > 0 && html`<p>${t("new.more_wrong", { n: more })}</p>`}
      <p class="small">${detail && html`<bdi>${detail}</bdi> · `}<code>${code}</code></p>
    </div>`;
}
