// The API to read: groups and a search on the left, an operation with all it takes on the right.
import { useEffect, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { Description } from "../docs-model.js";
import { LANGUAGES, choose, language, number, t } from "../words.js";
import { Operation } from "./docs-operation.js";

function useAnchor() {
  const read = () => decodeURIComponent(window.location.hash.slice(1));
  const [anchor, setAnchor] = useState(read());
  useEffect(() => {
    const follow = () => setAnchor(read());
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);
  return anchor;
}

function Head({ version }) {
  return html`<header class="top">
    <h1>Nightdesk <span class="role">${t("docs.title")}</span></h1>
    ${version && html`<span class="small num">${version}</span>`}
    <nav aria-label=${t("docs.links")}><a href="/openapi.json">${DESCRIPTION}</a>
      <a href="/operator">${t("docs.operator")}</a></nav>
    <span class="languages" role="group" aria-label=${t("language")}>
      ${LANGUAGES.map(
        ([code, name]) => html`<button type="button" key=${code} lang=${code}
          aria-pressed=${language.value === code}
          onClick=${() => choose(code).catch(() => null)}>${name}</button>`,
      )}</span></header>`;
}

const FIRST = ["create_desk", "create_job", "get_desk", "get_items", "get_export", "stream"];
const DESCRIPTION = "openapi.json";
const OF_A_DESK = "/api/desks/{desk}";

// It may be broken before each part. What most of them begin with is left out in the index.
function Path({ path, whole }) {
  const short = whole || path === OF_A_DESK ? path : path.replace(OF_A_DESK, "…");
  const parts = short.split("/");
  return html`<span class="path" title=${path}><bdi>${parts.map((part, at) => (at === 0 ? part : [html`<wbr />`, `/${part}`]))}</bdi></span>`;
}

const Line = ({ one, current, whole = false }) => html`<li><a href="#${one.id}"
  aria-current=${current ? "true" : null}>
  <span class="method ${one.method.toLowerCase()}">${one.socket ? "WS" : one.method}</span>
  <${Path} path=${one.path} whole=${whole} /></a></li>`;

function Group({ group, shown, current, open }) {
  const lines = group.operations.filter((one) => shown.has(one));
  if (lines.length === 0) return null;
  return html`<details open=${open}>
    <summary><b>${t(`docs.group.${group.name}`)}</b> <span class="num count">${number(lines.length)}</span></summary>
    <ul>${lines.map((one) => html`<${Line} key=${one.id} one=${one} current=${one.id === current} />`)}</ul>
  </details>`;
}

function Index({ book, current }) {
  const [text, setText] = useState("");
  const found = book.found(text);
  const shown = new Set(found);
  // An address may name a group, too.
  const chosen = book.operation(current)?.group ?? current;
  return html`<nav class="index" aria-label=${t("docs.index")}>
    <label class="unseen" for="search">${t("docs.search")}</label>
    <input id="search" type="search" value=${text} placeholder=${t("docs.search")} autocomplete="off"
      onInput=${(event) => setText(event.currentTarget.value)} />
    <p class="small" role="status">${text ? t("docs.found", { n: found.length }) : t("docs.count", { n: book.operations.length })}</p>
    ${book.groups.map(
      (group) => html`<${Group} key=${`${group.name} ${text !== ""}`} group=${group} shown=${shown} current=${current}
        open=${text !== "" || group.name === chosen} />`,
    )}</nav>`;
}

function Beginning({ book }) {
  return html`<article class="beginning">
    <h2>${t("docs.begin")}</h2>
    <p>${t("docs.begin.what")}</p>
    <ul class="bullets"><li>${t("docs.begin.desk", { desk: "{desk}" })}</li><li>${t("docs.begin.durable")}</li>
      <li>${t("docs.begin.errors")}</li><li>${t("docs.begin.key")}</li></ul>
    <h3>${t("docs.begin.first")}</h3>
    <ul class="firsts">${FIRST
      .map((id) => book.operation(id))
      .filter(Boolean)
      .map((one) => html`<${Line} key=${one.id} one=${one} whole=${true} />`)}</ul></article>`;
}

export function DocsApp({ book, read }) {
  const anchor = useAnchor();
  const found = book.value;
  const isThere = found instanceof Description;
  const operation = isThere ? found.operation(anchor) : null;
  useEffect(() => {
    document.title = operation ? `${operation.method} ${operation.path} - Nightdesk` : "Nightdesk API";
    document.querySelector(".operation, .beginning")?.scrollTo?.(0, 0);
  }, [operation]);
  return html`<div class="docs${operation ? " chosen" : ""}">
    <${Head} version=${isThere ? found.version : null} />
    ${found === null && html`<p class="quiet" role="status">${t("docs.opening")}</p>`}
    ${
      found instanceof Error &&
      html`<p role="alert">${t("error.unreachable")}
        <button type="button" class="button" onClick=${read}>${t("again")}</button></p>`
    }
    <main>${
      isThere &&
      html`<${Index} book=${found} current=${anchor} />
        <div class="leaf">${
          operation
            ? html`<${Operation} key=${operation.id} book=${found} one=${operation} />`
            : html`<${Beginning} book=${found} />`
        }</div>`
    }</main></div>`;
}
