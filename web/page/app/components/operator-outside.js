// What is outside of the house, and how it is asked: slowed hosts, named endpoints. And the lanes.
import { html } from "../html.js";
import { duration, number, t } from "../words.js";
import { Table } from "./operator-table.js";

const MS = 1000;
const time = (seconds) => duration(seconds * MS);

function Card({ id, title, count, nothing, children }) {
  return html`<section class="card" aria-labelledby=${id}>
    <h2 id=${id}>${title}${count > 0 && html` <span class="num count">${number(count)}</span>`}</h2>
    ${nothing ? html`<p class="quiet">${nothing}</p>` : children}</section>`;
}

export function Hosts({ hosts, total }) {
  return html`<${Card} id="hosts" title=${t("operator.hosts")} count=${total}
    nothing=${hosts.length === 0 && t("operator.hosts.none")}>
    <${Table} label=${t("operator.hosts")} heads=${[t("operator.host"), t("operator.host.why"), t("operator.host.pace"), t("operator.host.next")]}>
      ${hosts.map(
        (one) => html`<tr key=${one.host}><td><bdi>${one.host}</bdi></td>
          <td>${one.why === "busy" ? t("operator.host.busy") : t("operator.host.asked", { time: time(one.asked_s) })}</td>
          <td class="num">${t("operator.host.each", { time: time(one.interval_s) })}</td>
          <td class="num">${one.wait_s > 0 ? t("operator.host.in", { time: time(Math.ceil(one.wait_s)) }) : t("operator.host.now")}</td></tr>`,
      )}<//>
    ${total > hosts.length && html`<p class="small">${t("operator.more", { n: total - hosts.length })}</p>`}<//>`;
}

export function Endpoints({ endpoints }) {
  if (endpoints.length === 0) return null;
  return html`<${Card} id="endpoints" title=${t("operator.endpoints")}>
    <ul class="lines">${endpoints.map(
      (one) => html`<li key=${one.name}><b><bdi>${one.name}</bdi></b>
        <span class="small"><bdi>${one.url}</bdi></span>
        <span class=${one.waiting ? "wrong" : ""}>${
          one.waiting
            ? t("operator.endpoint.away", { n: one.waiting })
            : one.jobs
              ? t("operator.endpoint.jobs", { n: one.jobs })
              : t("operator.endpoint.idle")
        }</span></li>`,
    )}</ul><//>`;
}

export function Lanes({ lanes }) {
  const used = lanes.filter((lane) => lane.running + lane.queued > 0);
  return html`<${Card} id="lanes" title=${t("operator.lanes")}
    nothing=${used.length === 0 && t("operator.lanes.none")}>
    <${Table} label=${t("operator.lanes")} heads=${[t("operator.lane"), t("operator.lane.running"), t("operator.lane.queued"), t("operator.lane.width")]}>
      ${used.map(
        (lane) => html`<tr key=${lane.name}><td><bdi>${lane.name}</bdi></td>
          <td class="num">${number(lane.running)}</td><td class="num">${number(lane.queued)}</td>
          <td class="num">${number(lane.width)}</td></tr>`,
      )}<//><//>`;
}
