// Where a crawl goes: addresses and how far their links lead, or a source that is searched.
import { html } from "../html.js";
import { parseLines } from "../new-job.js";
import { AGAIN, MODES, ORDERS, SOURCES, isOfSite, promptsOf } from "../workshop.js";
import { t } from "../words.js";
import { EarlierCrawl } from "./earlier-crawl.js";
import { WrongNote, wrongOf } from "./parts.js";
import { PromptsField } from "./prompts-field.js";
import { Folded, SpecFields } from "./spec-field.js";

const REACH = ["depth", "max_items"];
const WHAT = ["same_site", "content"];
const PACE = ["delay_s", "concurrency", "retries", "timeout_s"];
const LIMITS = ["max_links", "max_path_depth", "max_queries", "max_per_pattern"];

function SourceField({ name, reasons, children }) {
  const id = `crawl-source-${name.replaceAll("_", "-")}`;
  const reason = reasons[`source.${name}`];
  return html`<div class="field"><span><label for=${id}>${t(`source.${name}`)}</label></span>
    ${children({ id, name: `source_${name}`, ...wrongOf(`${id}-note`, reason) })}
    ${
      reason
        ? html`<${WrongNote} id=${`${id}-note`} reason=${reason} />`
        : html`<small>${t(`source.${name}.note`)}</small>`
    }</div>`;
}

function Source({ source, change, reasons }) {
  const figure = (name, min) => html`<${SourceField} name=${name} reasons=${reasons}>
    ${(rest) => html`<input type="number" required min=${min} step="1" value=${source[name]}
      ...${rest} onInput=${({ currentTarget: { value, valueAsNumber } }) =>
        change({ [name]: value === "" ? "" : valueAsNumber })} />`}<//>`;
  const chosen = (name, among) => html`<${SourceField} name=${name} reasons=${reasons}>
    ${(rest) => html`<select value=${source[name]} ...${rest}
      onChange=${(event) => change({ [name]: event.currentTarget.value })}>
      ${among.map(
        (one) => html`<option key=${one} value=${one}>${t(`source.${name}.${one}`)}</option>`,
      )}</select>`}<//>`;
  return html`<div class="numbers">
      ${figure("limit", 1)}${figure("max_images", 0)}
      ${source.name === "pixiv-tag" && [chosen("order", ORDERS), chosen("mode", MODES)]}</div>
    <${SourceField} name="cookie" reasons=${reasons}>
      ${(rest) => html`<input type="password" autocomplete="off" value=${source.cookie} ...${rest}
        onInput=${(event) => change({ cookie: event.currentTarget.value })} />`}<//>`;
}

function WhichSource({ source, change, reasons }) {
  return html`<label class="field"><span>${t("crawl.from")}</span>
      <select name="source" value=${source.name}
        onChange=${(event) => change({ name: event.currentTarget.value })}>
        ${["", AGAIN, ...SOURCES].map(
          (one) => html`<option key=${one} value=${one}>
          ${t(`crawl.from.${one || "site"}`)}</option>`,
        )}</select>
      ${source.name !== "other" && html`<${WrongNote} reason=${reasons["source.name"]} />`}</label>
    ${
      source.name === "other" &&
      html`<${SourceField} name="name" reasons=${reasons}>
      ${(rest) => html`<input type="text" required maxlength="100" value=${source.other} ...${rest}
        onInput=${(event) => change({ other: event.currentTarget.value })} />`}<//>`
    }`;
}

export function CrawlFields({ draft, change, form, earlier }) {
  const { source, text } = draft;
  const isSite = isOfSite(source);
  const words = source.name === AGAIN ? "again.more" : "crawl.addresses";
  const changeSource = (part) => change({ source: { ...source, ...part } });
  const count = isSite
    ? t("new.count", { n: parseLines(text).length })
    : t("crawl.searches.count", { n: promptsOf(text).length });
  return html`<${WhichSource} source=${source} change=${changeSource} reasons=${form.reasons} />
    ${
      source.name === AGAIN &&
      html`<${EarlierCrawl} since=${draft.since} reason=${form.reasons.since}
      onSince=${(since) => change({ since })} />`
    }
    ${
      earlier ??
      html`<${PromptsField} name="items" text=${text} count=${count}
      label=${t(isSite ? words : "crawl.searches")}
      note=${t(isSite ? `${words}.note` : `crawl.searches.note.${source.name}`)}
      such=${isSite ? "https://example.com/" : undefined}
      onText=${(typed) => change({ text: typed })} />`
    }
    ${
      isSite
        ? html`<div class="numbers"><${SpecFields} names=${REACH} form=${form} /></div>
      <div class="pair"><${SpecFields} names=${WHAT} form=${form} /></div>
      <div class="pair"><${SpecFields} names=${["include", "exclude"]} form=${form} /></div>`
        : html`<${Source} source=${source} change=${changeSource} reasons=${form.reasons} />`
    }
    <${Folded} title=${t("crawl.manners")} form=${form} figures=${PACE}
      areas=${["proxies"]}
      flags=${[...(isSite ? ["sitemap", "robots"] : []), "proxy_pool", "proxy_rotation"]} />
    <${Folded} title=${t("form.more")} form=${form} areas=${["headers", "user_agent"]}
      figures=${isSite ? LIMITS : ["max_items"]} />`;
}
