// The desks: a row each, by their hashes, the busiest first; one opens to what can be done for it.
import { useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { now, onOurClock } from "../now.js";
import { ORDERS, PAGE, STATES } from "../operator-house.js";
import { age, bytes, fullTime, number, rate, t } from "../words.js";
import { DeskPanel } from "./operator-desk.js";
import { Table } from "./operator-table.js";

const KEY_CHARS = 12;
const COLUMNS = ["key", "state", "jobs", "in_flight", "disk", "tokens", "saved"];
const MAX = 500;
const AT_WORK = ["running", "queued", "scheduled", "paused"];
const FAILED = ["failed", "partially_completed"];

const sum = (jobs, names) => names.reduce((all, name) => all + (jobs[name] ?? 0), 0);
const orDash = (value, write) => (value === null ? "–" : write(value));

function jobsText(jobs) {
  const parts = AT_WORK.filter((name) => jobs[name]).map(
    (name) => `${number(jobs[name])} ${t(`operator.jobs.${name}`)}`,
  );
  const failed = sum(jobs, FAILED);
  const all = Object.values(jobs).reduce((before, n) => before + n, 0);
  if (failed > 0) parts.push(`${number(failed)} ${t("operator.jobs.failed")}`);
  return parts.join(", ") || (all > 0 ? t("operator.jobs.over", { n: all }) : "–");
}

function Saved({ desk }) {
  if (desk.saved_at === null) return "–";
  const at = onOurClock(desk.saved_at);
  return html`<time class=${desk.save_failing ? "wrong" : ""} datetime=${desk.saved_at}
    title=${fullTime(desk.saved_at)}>${age(Math.min(at, now.value), now.value)}</time>`;
}

function Disk({ desk }) {
  if (desk.disk_bytes === null) return html`<span class="quiet">–</span>`;
  const text = t("operator.disk", { n: bytes(desk.disk_bytes), of: bytes(desk.disk_limit_bytes) });
  return html`<span class=${desk.disk_full ? "wrong" : ""} title=${text}>${bytes(desk.disk_bytes)}</span>`;
}

function Row({ desk, open, onOpen }) {
  return html`<tr class="desk ${desk.state}">
    <td><button type="button" class="key" aria-expanded=${open} onClick=${onOpen}
      title=${desk.key}><code>${desk.key.slice(0, KEY_CHARS)}</code></button></td>
    <td><span class="state ${desk.state}">${t(`operator.state.${desk.state}`)}</span>
      ${desk.watchers > 0 && html` <small class="num">${t("operator.watched", { n: desk.watchers })}</small>`}</td>
    <td>${jobsText(desk.jobs)}</td>
    <td class="num">${desk.in_flight > 0 ? t("operator.flying", { n: desk.in_flight, rate: rate(desk.rate_per_s) }) : "–"}</td>
    <td class="num"><${Disk} desk=${desk} /></td>
    <td class="num">${orDash(desk.tokens, number)}${desk.plan && html` <small><bdi>${desk.plan}</bdi></small>`}</td>
    <td class="num"><${Saved} desk=${desk} /></td></tr>`;
}

function Asked({ house }) {
  const asked = house.asked.value;
  const ask = (change) => {
    house.asked.value = { ...house.asked.peek(), limit: PAGE, ...change };
  };
  return html`<div class="asked">
    <label>${t("operator.order")} <select value=${asked.order}
      onChange=${(event) => ask({ order: event.currentTarget.value })}>
      ${ORDERS.map((name) => html`<option key=${name} value=${name}>${t(`operator.order.${name}`)}</option>`)}</select></label>
    <label>${t("operator.state")} <select value=${asked.state}
      onChange=${(event) => ask({ state: event.currentTarget.value })}>
      <option value="">${t("operator.state.all")}</option>
      ${STATES.map((name) => html`<option key=${name} value=${name}>${t(`operator.state.${name}`)}</option>`)}</select></label>
    <label>${t("operator.beginning")} <input type="search" size="14" maxlength="64" value=${asked.beginning}
      spellcheck=${false} autocomplete="off"
      onInput=${(event) => ask({ beginning: event.currentTarget.value.toLowerCase().replace(/[^0-9a-f]/g, "") })} /></label>
  </div>`;
}

export function Desks({ api, house }) {
  const [open, setOpen] = useState(null);
  const page = house.desks.value;
  const more = () => {
    const asked = house.asked.peek();
    house.asked.value = { ...asked, limit: Math.min(MAX, asked.limit + PAGE) };
  };
  const left = page ? page.total - page.desks.length : 0;
  return html`<section class="card" aria-labelledby="desks">
    <h2 id="desks">${t("operator.desks.title")} ${page && html`<span class="num count">${number(page.total)}</span>`}</h2>
    <${Asked} house=${house} />
    <${Table} label=${t("operator.desks.title")} kind="desks" heads=${COLUMNS.map((name) => t(`operator.desk.${name}`))}>
      ${(page?.desks ?? []).map((desk) => {
        const isOpen = open === desk.key;
        return [
          html`<${Row} key=${desk.key} desk=${desk} open=${isOpen}
            onOpen=${() => setOpen(isOpen ? null : desk.key)} />`,
          isOpen &&
            html`<tr key=${`${desk.key} open`} class="opened"><td colspan=${COLUMNS.length}>
              <${DeskPanel} api=${api} desk=${desk} /></td></tr>`,
        ];
      })}<//>
    ${page?.desks.length === 0 && html`<p class="quiet">${t("operator.desks.none")}</p>`}
    ${left > 0 && page.desks.length < MAX && html`<button type="button" class="button small-button" onClick=${more}>
      ${t("operator.desks.more", { n: left })}</button>`}
    ${left > 0 && page.desks.length >= MAX && html`<p class="small">${t("operator.more", { n: left })}</p>`}
  </section>`;
}
