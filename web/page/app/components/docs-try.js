// Asks an operation that only reads, on the desk of this browser, and shows what came back.
import { useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { send } from "../api.js";
import { addressOf } from "../docs-snippets.js";
import { duration, number, t } from "../words.js";
import { CopyButton } from "./parts.js";

const TIMEOUT_MS = 30000;
const MAX_CHARS = 20000;
const TEXT = /json|text|xml|csv/;

function read(type, text) {
  if (!type.includes("json")) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // lines of JSON, or cut
  }
}

async function asked(one, form) {
  const values = Object.fromEntries(new FormData(form));
  const path = one.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[`path ${name}`]));
  const query = one.parameters
    .filter((parameter) => parameter.in === "query" && values[`query ${parameter.name}`])
    .map(({ name }) => [name, values[`query ${name}`]]);
  const began = performance.now();
  const response = await send(addressOf({ base: "", path, query }), {}, TIMEOUT_MS);
  const type = response.headers.get("Content-Type") ?? "";
  const text = TEXT.test(type) ? read(type, await response.text()) : null;
  return { status: response.status, ok: response.ok, type, text, ms: performance.now() - began };
}

function Came({ answer }) {
  const { status, ok, type, text, ms } = answer;
  const cut = text !== null && text.length > MAX_CHARS;
  return html`<div class="came">
    <p role="status"><b class="num ${ok ? "good" : "wrong"}">${status}</b>
      <span class="small num">${type} · ${duration(ms)}</span>
      ${text !== null && html`<${CopyButton} text=${text} small=${true} />`}</p>
    ${text === null ? html`<p class="small">${t("docs.try.binary")}</p>` : html`<pre class="code" tabindex="0" role="region" aria-label=${t("docs.try.answer")}>${text.slice(0, MAX_CHARS)}</pre>`}
    ${cut && html`<p class="small">${t("docs.try.cut", { n: number(text.length - MAX_CHARS) })}</p>`}</div>`;
}

// What is asked of the operator needs a token, which this page does not have.
export function TryIt({ one }) {
  const [answer, setAnswer] = useState(null);
  const [lost, setLost] = useState(false);
  const [busy, setBusy] = useState(false);
  if (one.method !== "GET" || one.socket || one.needs === "admin") return null;
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setLost(false);
    try {
      setAnswer(await asked(one, event.currentTarget));
    } catch (error) {
      if (!error.code) throw error;
      setLost(true);
    }
    setBusy(false);
  };
  const shown = one.parameters.filter((parameter) => parameter.in !== "header");
  return html`<form class="try" onSubmit=${submit}>
    <h3>${t("docs.try")}</h3>
    <p class="small">${t("docs.try.about")}</p>
    <p class="inputs">${shown.map((parameter) => {
      const name = `${parameter.in} ${parameter.name}`;
      return html`<label key=${name}><code>${parameter.name}</code>
        <input name=${name} required=${parameter.in === "path"} autocomplete="off" spellcheck=${false}
          defaultValue=${parameter.name === "desk" ? "me" : ""}
          placeholder=${parameter.schema.default ?? ""} /></label>`;
    })}<button class="button primary" disabled=${busy}>${t("docs.try.go")}</button></p>
    ${lost && html`<p class="wrong" role="alert">${t("error.unreachable")}</p>`}
    ${answer && html`<${Came} answer=${answer} />`}</form>`;
}
