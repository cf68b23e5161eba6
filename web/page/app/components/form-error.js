// Why the server did not take the form: what happened, and every item that is wrong, with its line.
import { useEffect, useRef } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { explain } from "../notices.js";
import { reasonIn } from "../reasons.js";
import { t } from "../words.js";

const SHOWN = 50;

// Which of the addresses is meant: by its line where the user typed it, by its place in the file
// that was uploaded, else by its index. Rows of a table are counted from 1, as their columns are
// named. Of a file there is but one.
function place(wrong, found, of) {
  if (found) return t("new.line", { n: found.line });
  if (wrong.where) return wrong.where;
  if (wrong.field === "file" && of !== null) return "";
  if (!Number.isInteger(wrong.index)) return wrong.field;
  if (of === "tasks") return [t("agent.item", { index: `${wrong.index}` }), wrong.field].join(" ");
  if (of !== "rows") return t("new.item", { index: `${wrong.index}` });
  return [t("doc.item", { n: wrong.index + 1 }), wrong.field].filter(Boolean).join(", ");
}

function Wrong({ wrong, find, of }) {
  const found = find(wrong);
  return html`<li><b><bdi>${place(wrong, found, of)}</bdi></b> <bdi>${reasonIn(wrong.reason)}</bdi>
    ${found && html`<br /><code><bdi>${found.url}</bdi></code>`}</li>`;
}

// What a file that was not taken was to be.
const FILES = ["template", "table"];

// `find` gives the line, and the text on it, that a wrong entry stands on; nothing for others. `of`
// is what was handed over, where that is no list of addresses: a "template", a "table", "rows", "tasks".
export function FormError({ error, find, of = null }) {
  const box = useRef(null);
  useEffect(() => box.current.scrollIntoView({ block: "nearest" }), [error]);
  const { what, todo, detail, code } = explain(error, FILES.includes(of) ? of : null);
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
          find=${find} of=${of} />`,
        )}
      </ol>`
      }
      ${more > 0 && wrong.length > 0 && html`<p>${t("new.more_wrong", { n: more })}</p>`}
      <p class="small">${
        // Where the reasons stand one by one, the server's own summary says the first again.
        detail && wrong.length === 0 && html`<bdi>${detail}</bdi> · `
      }<code>${code}</code></p>
    </div>`;
}
