// One operation: what it does, what it takes with types and limits, what it answers, how to ask.
import { useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { LANGUAGES, NAMES } from "../docs-snippets.js";
import { t } from "../words.js";
import { TryIt } from "./docs-try.js";
import { CopyButton } from "./parts.js";

const DEPTH = 3;
const JSON_TYPE = "application/json";
const FORM_TYPE = "multipart/form-data";

// What stands between backticks is code.
export const Marked = ({ text }) =>
  text.split("`").map((part, at) => (at % 2 ? html`<code key=${at}>${part}</code>` : part));

const Type = ({ field }) => html`<code class="type"><bdi>${field.type}</bdi></code>
  ${field.limits && html` <span class="small limits"><bdi>${field.limits}</bdi></span>`}`;

function Fields({ book, schema, depth = 0 }) {
  const fields = book.fieldsOf(schema);
  if (fields.length === 0) return html`<p class="quiet">${t("docs.fields.none")}</p>`;
  return html`<dl class="fields">${fields.map((field) => {
    const inner = innerOf(book, schema, field.name);
    return html`<div key=${field.name}><dt><code>${field.name}</code>
      ${field.required && html` <span class="required">${t("docs.required")}</span>`}</dt>
      <dd><${Type} field=${field} />${field.note && html`<p class="small"><${Marked} text=${field.note} /></p>`}
        ${
          inner &&
          depth < DEPTH &&
          html`<details><summary>${inner.name}</summary>
            <${Fields} book=${book} schema=${inner.ref} depth=${depth + 1} /></details>`
        }</dd></div>`;
  })}</dl>`;
}

// The object that a field holds, or holds several of.
function innerOf(book, schema, name) {
  const { schema: found } = book.resolved(schema);
  const field = found.properties?.[name] ?? {};
  const held = [field, field.items, ...(field.anyOf ?? []), field.anyOf?.find((one) => one.items)?.items];
  const ref = held.find((one) => one?.$ref && book.resolved(one).schema.type === "object");
  return ref ? { ref, name: book.resolved(ref).name } : null;
}

function Parameters({ book, one }) {
  if (one.parameters.length === 0) return null;
  return html`<section><h3>${t("docs.parameters")}</h3>
    <dl class="fields">${one.parameters.map((parameter) => {
      const told = book.told(parameter.schema);
      return html`<div key=${`${parameter.in} ${parameter.name}`}><dt><code>${parameter.name}</code>${" "}
        <span class="small">${t(`docs.in.${parameter.in}`)}</span></dt>
        <dd><${Type} field=${told} />
          ${parameter.description && html`<p class="small"><${Marked} text=${parameter.description} /></p>`}</dd></div>`;
    })}</dl></section>`;
}

function Body({ book, one }) {
  if (one.body === null && one.form === null) return null;
  const { name, schema } = book.resolved(one.body ?? {});
  return html`<section><h3>${t("docs.body")}
      ${one.body && html` <span class="small">${[JSON_TYPE, name].filter(Boolean).join(", ")}</span>`}</h3>
    ${one.body && schema.description && html`<p class="small"><${Marked} text=${schema.description} /></p>`}
    ${one.body && html`<${Fields} book=${book} schema=${one.body} />`}
    ${
      one.form &&
      html`<h4>${t("docs.form")} <span class="small">${FORM_TYPE}</span></h4>
        <${Fields} book=${book} schema=${one.form} />`
    }</section>`;
}

function Answers({ book, one }) {
  return html`<section><h3>${t("docs.answers")}</h3>
    ${one.answers.map(({ status, description, type, schema }) => {
      const { name } = book.resolved(schema);
      return html`<div key=${status} class="answer"><p><b class="num">${status}</b>
        <span class="small">${type}${name ? `, ${name}` : ""}</span>
        ${!schema && html` <span class="small"><${Marked} text=${description} /></span>`}</p>
        ${schema && name && html`<${Fields} book=${book} schema=${schema} />`}</div>`;
    })}
    <details><summary>${t("docs.errors")}</summary>
      <dl class="fields errors">${one.errors.map(
        ({ status, description }) => html`<div key=${status}><dt><b class="num">${status}</b></dt>
          <dd>${description.split(", ").map((code) => html`<code key=${code}>${code}</code> `)}</dd></div>`,
      )}</dl></details></section>`;
}

// With the address of this server; what is to be filled in stands in braces.
function askedOf(book, one) {
  const headers = one.needs === "admin" ? { Authorization: "Bearer TOKEN" } : {};
  const body = one.body ? book.leastBody(one.body) : null;
  return { base: window.location.origin, path: one.path, method: one.method, query: {}, headers, body };
}

function Snippets({ book, one }) {
  const [chosen, setChosen] = useState("curl");
  if (one.socket) return null;
  const text = LANGUAGES[chosen](askedOf(book, one));
  return html`<section><h3>${t("docs.snippets")}</h3>
    <div class="tabs" role="group" aria-label=${t("docs.snippets")}>
      ${Object.keys(LANGUAGES).map(
        (name) => html`<button type="button" key=${name} class="button small-button" aria-pressed=${chosen === name}
          onClick=${() => setChosen(name)}>${NAMES[name]}</button>`,
      )}<${CopyButton} text=${text} small=${true} /></div>
    <pre class="code" tabindex="0" role="region" aria-label=${t("docs.snippets")}>${text}</pre></section>`;
}

export function Operation({ book, one }) {
  return html`<article class="operation" id=${one.id}>
    <p class="back"><a href="#">${t("docs.back")}</a></p>
    <h2><span class="method ${one.method.toLowerCase()}">${one.socket ? "WS" : one.method}</span>
      <code class="path"><bdi>${one.path}</bdi></code></h2>
    <p class="summary" lang="en"><${Marked} text=${one.summary} /></p>
    <p class="small">${t(`docs.needs.${one.needs}`)}</p>
    <${TryIt} one=${one} />
    <div lang="en"><${Parameters} book=${book} one=${one} /><${Body} book=${book} one=${one} /></div>
    <${Snippets} book=${book} one=${one} />
    <div lang="en"><${Answers} book=${book} one=${one} /></div>
  </article>`;
}
