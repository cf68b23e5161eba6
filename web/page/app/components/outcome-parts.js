// What an outcome has besides its fields: the headers of the answer, the file that was kept of it as
// far as it can be shown, and what the job's log says of the item.
import { useEffect, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { linesOf, textOf } from "../items-api.js";
import { usePage } from "../page.js";
import { reasonIn } from "../reasons.js";
import { exactTime, t } from "../words.js";
import { CopyButton } from "./parts.js";

const PICTURE = /\.(png|jpe?g|gif|webp|avif|bmp)$/i;
const TEXT = /\.(txt|html?|json|jsonl|xml|csv|md|css|js|svg|ya?ml|log|bin)$/i;

export function Headers({ headers }) {
  if (typeof headers !== "object" || headers === null) return null;
  const rows = Object.entries(headers);
  if (rows.length === 0) return null;
  const text = rows.map(([name, value]) => `${name}: ${value}`).join("\n");
  return html`<section class="outcome-part"><h3>${t("outcome.headers")}</h3>
    <dl>${rows.map(
      ([name, value]) => html`<div class="fact" key=${name}><dt><bdi>${name}</bdi></dt>
        <dd><bdi>${String(value)}</bdi></dd><${CopyButton} text=${String(value)}
          label=${t("copy.field", { name })} small /></div>`,
    )}</dl><${CopyButton} text=${text} label=${t("outcome.headers.copy")} /></section>`;
}

// Text is shown as text, whatever it is: what a job has fetched is never rendered.
function TextPreview({ address }) {
  const [read, setRead] = useState(null);
  useEffect(() => {
    let gone = false;
    setRead(null);
    textOf(address).then(
      (found) => !gone && setRead(found),
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [address]);
  if (read === null) return null;
  return html`<pre tabindex="0">${read.text}</pre>
    ${read.cut && html`<p class="small">${t("outcome.cut")}</p>`}`;
}

export function FilePreview({ job, outcome }) {
  const { api } = usePage();
  const { file } = outcome;
  if (typeof file !== "string" || outcome.status !== "ok") return null;
  const address = api.artifactAddress(job.id, file);
  const shown = PICTURE.test(file)
    ? html`<img src=${address} alt=${file} loading="lazy" decoding="async" />`
    : TEXT.test(file) && html`<${TextPreview} address=${address} />`;
  if (!shown) return null;
  return html`<section class="outcome-part"><h3>${t("outcome.file")}
    <a href=${address} download><bdi>${file}</bdi></a></h3>${shown}</section>`;
}

// Read when somebody asks: a log may be long.
export function ItemLog({ job, index }) {
  const { api } = usePage();
  const [found, setFound] = useState(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => setFound(null), [index]);
  const read = async () => {
    setBusy(true);
    const answer = await linesOf(api, job.id, index).catch(() => ({ lines: [], failed: true }));
    setFound(answer);
    setBusy(false);
  };
  if (found === null)
    return html`<section class="outcome-part"><div class="buttons"><button type="button"
      class="button" disabled=${busy} onClick=${read}>${t("outcome.log.read")}</button></div>
      </section>`;
  return html`<section class="outcome-part"><h3>${t("outcome.log")}</h3>
    ${found.failed && html`<p class="tab-error" role="alert">${t("items.error")}</p>`}
    ${!found.failed && found.lines.length === 0 && html`<p class="small">${t("outcome.log.none")}</p>`}
    ${found.lines.map(
      (line, at) => html`<div class=${`line ${line.level}`} key=${at}>
      <time datetime=${line.at}>${exactTime(new Date(line.at))}</time>
      <span class="level">${line.level}</span><bdi>${reasonIn(line.message)}</bdi></div>`,
    )}
    ${found.whole === false && html`<p class="small">${t("outcome.log.cut")}</p>`}</section>`;
}
