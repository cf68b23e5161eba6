// The operator's page: the way in, then the house at a glance. Dense and calm, for a second screen.
import { html } from "../html.js";
import { clock, t } from "../words.js";
import { Alarms } from "./operator-alarms.js";
import { Desks } from "./operator-desks.js";
import { Head } from "./operator-head.js";
import { Figures } from "./operator-figures.js";
import { HouseLog } from "./operator-log.js";
import { Endpoints, Hosts, Lanes } from "./operator-outside.js";
import { Pools } from "./operator-pools.js";
import { Settings } from "./operator-settings.js";
import { SignIn } from "./operator-sign-in.js";

export function OperatorApp({ api, house }) {
  const seen = house.seen.value;
  const entered = api.entered.value;
  const old = entered && house.lost.value !== null;
  return html`
    <div class="operator${old ? " pale" : ""}">
      <${Head} api=${api} house=${house} />
      <main>
        ${!entered && html`<${SignIn} api=${api} />`}
        ${entered && !seen && html`<p class="quiet" role="status">${t(old ? "operator.lost" : "operator.opening")}</p>`}
        ${old && seen && html`<p class="stale" role="alert">
          ${t("operator.stale", { time: clock(house.heardAt.value) })}</p>`}
        ${entered && seen && html`<${Overview} api=${api} house=${house} seen=${seen} />`}
      </main>
    </div>`;
}

function Overview({ api, house, seen }) {
  return html`
    <${Alarms} seen=${seen} />
    <${Figures} seen=${seen} curves=${house.curves.value} />
    <div class="columns">
      <div class="wide">
        <${Desks} api=${api} house=${house} />
        <${HouseLog} lines=${seen.log} />
      </div>
      <div class="narrow">
        <${Pools} pools=${seen.pools} />
        <${Hosts} hosts=${seen.hosts} total=${seen.hosts_total} />
        <${Endpoints} endpoints=${seen.endpoints} />
        <${Lanes} lanes=${seen.lanes} />
      </div>
    </div>
    <${Settings} api=${api} />`;
}
