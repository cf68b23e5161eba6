// Small parts that several components share.
import { useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { isPlainClick } from "../route.js";
import { usePage } from "../page.js";
import { reasonIn } from "../reasons.js";
import { t } from "../words.js";
import { Icon } from "./icons.js";

const COPIED_MS = 1500;

// A link inside the page: real address (new tab, copy), no reload on a plain click.
export function PageLink({ href, children, ...rest }) {
  const { route } = usePage();
  const follow = (event) => {
    if (!isPlainClick(event)) return;
    event.preventDefault();
    route.go(href);
  };
  return html`<a href=${href} onClick=${follow} ...${rest}>${children}</a>`;
}

// The clipboard API exists only in secure contexts; a desk on the local network is plain HTTP.
async function toClipboard(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return true;
  }
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

export function CopyButton({ text, label = t("copy"), small = false }) {
  const [copied, setCopied] = useState(null);
  const copy = async () => {
    const done = await toClipboard(text).catch(() => false);
    setCopied(done);
    setTimeout(() => setCopied(null), COPIED_MS);
  };
  const word = copied === null ? label : t(copied ? "copied" : "copy.refused");
  const picture = html`<${Icon} name=${copied ? "check" : "copy"} />`;
  if (small) {
    return html`<button type="button" class="icon-button" title=${word} aria-label=${word}
      onClick=${copy}>${picture}</button>`;
  }
  return html`<button type="button" class="button" onClick=${copy}>${picture}${word}</button>`;
}

// Text from outside may hold anything; only an http(s) address becomes a link, and it learns
// nothing.
export function OutsideLink({ url }) {
  const safe = typeof url === "string" && /^https?:\/\//i.test(url);
  if (!safe) return html`<bdi>${String(url ?? "–")}</bdi>`;
  return html`<a href=${url} target="_blank" rel="noreferrer noopener"><bdi>${url}</bdi></a>`;
}

// A button that is only a picture: its words are for those who point at it or listen.
export function IconButton({ icon, label, onPress, ...rest }) {
  return html`<button type="button" class="icon-button" title=${label} aria-label=${label}
    onClick=${onPress} ...${rest}><${Icon} name=${icon} /></button>`;
}

// The head of what takes the right side: its name, and the way back to the list.
export function PaneHead({ title }) {
  const { route } = usePage();
  return html`<header class="pane-head"><h1>${title}</h1>
    <${PageLink} href=${route.home()} class="icon-button" aria-label=${t("close")}>
      <${Icon} name="close" /><//></header>`;
}

// What is wrong with a field, under it; `id` is what the field names as its description.
export function WrongNote({ id, reason }) {
  return reason ? html`<small class="wrong" id=${id}><bdi>${reasonIn(reason)}</bdi></small>` : null;
}

// The attributes of a field that something is wrong with.
export const wrongOf = (id, reason) =>
  reason ? { "aria-invalid": "true", "aria-describedby": id } : {};

// What a field suggests; `id` is what it names as its list.
export function Hints({ id, hints }) {
  return html`<datalist id=${id}>
    ${hints.map((hint) => html`<option key=${hint} value=${hint}></option>`)}</datalist>`;
}
