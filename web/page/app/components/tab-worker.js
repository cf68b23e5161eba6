// This tab as a worker: the switch, what pop-ups are about, what was opened here and by other tabs,
// and what was not, each with the button that opens it. And the strip that says so everywhere else.
import { html } from "../html.js";
import { now } from "../now.js";
import { usePage } from "../page.js";
import { isTabJob, waitsForTab } from "../tab-jobs.js";
import { ago, number, t } from "../words.js";
import { StatusIcon } from "./icons.js";
import { OutsideLink, PageLink, PaneHead } from "./parts.js";

const MARK = { off: "pending", connecting: "queued", on: "running", blocked: "failed" };

export function TabSwitch() {
  const { tab } = usePage();
  if (tab.isOn) {
    return html`<button type="button" class="button" onClick=${() => tab.switchOff()}>
      ${t("opener.switch_off")}</button>`;
  }
  const word = tab.mode.value === "blocked" ? "opener.test_again" : "opener.switch_on";
  return html`<button type="button" class="button primary" onClick=${() => tab.switchOn()}>
    ${t(word)}</button>`;
}

function State() {
  const { tab } = usePage();
  const mode = tab.mode.value;
  return html`<section class="tab-state ${mode}">
    <p role="status"><${StatusIcon} status=${MARK[mode]} label=${t(`opener.mode.${mode}`)} />
      <b>${t(`opener.mode.${mode}`)}</b></p>
    <p class="small">${t(`opener.mode.${mode}.note`)}</p>
    ${mode === "blocked" && html`<${HowToPermit} />`}
    <div class="buttons"><${TabSwitch} /></div></section>`;
}

const HowToPermit = () => html`<ol class="how">
  ${["look", "allow", "again"].map((step) => html`<li key=${step}>${t(`opener.permit.${step}`)}</li>`)}
</ol>`;

function Doing({ word, opened, url }) {
  return html`<li><span>${t(word)}</span><b class="num">${number(opened)}</b>
    ${url ? html`<${OutsideLink} url=${url} />` : html`<span></span>`}</li>`;
}

// Who does what: this tab, and the others of this browser that said so.
function Doings() {
  const { tab } = usePage();
  const others = tab.others.value;
  if (!tab.isOn && tab.opened.value === 0 && others.length === 0) return null;
  const last = tab.last.value;
  const lastAgo = last && ago(last.atMs, Math.max(now.value, last.atMs));
  return html`<section class="tab-doings"><h2>${t("opener.who")}</h2>
    <ul><${Doing} word="opener.this" opened=${tab.opened.value} url=${last?.url} />
      ${others.map(
        (one) => html`<${Doing} key=${one.id} word="opener.other" opened=${one.opened}
        url=${one.url} />`,
      )}</ul>
    ${last && html`<p class="small">${t("opener.last", { ago: lastAgo })}</p>`}
  </section>`;
}

function Trouble({ trouble }) {
  const { tab } = usePage();
  const why = trouble.status === "blocked" ? t("opener.blocked") : trouble.error;
  return html`<li><div><${OutsideLink} url=${trouble.url} />
      <p class="small"><bdi>${why}</bdi></p></div>
    <button type="button" class="button" aria-label=${`${t("opener.open_it")}: ${trouble.url}`}
      onClick=${() => tab.openTrouble(trouble)}>${t("opener.open_it")}</button></li>`;
}

function Troubles() {
  const { tab } = usePage();
  const troubles = tab.troubles.value;
  if (troubles.length === 0) return null;
  return html`<section class="tab-troubles">
    <header><h2>${t("opener.troubles", { n: troubles.length })}</h2>
      <button type="button" class="button" onClick=${() => tab.dropTroubles()}>
        ${t("opener.troubles.drop")}</button></header>
    <p class="small">${t("opener.troubles.note")}</p>
    <ul>${troubles.map((one) => html`<${Trouble} key=${one.key} trouble=${one} />`)}</ul>
  </section>`;
}

export function TabPane() {
  return html`<div class="new-job"><${PaneHead} title=${t("opener.title")} />
    <div class="pane-body">
      <p>${t("opener.about")}</p>
      <${State} /><${Doings} /><${Troubles} />
    </div></div>`;
}

// What the strip has to say, or nothing: `{word, n}`.
function toSay(tab, jobs) {
  const mode = tab.mode.value;
  if (mode === "blocked") return { word: "opener.strip.blocked", n: tab.troubles.value.length };
  if (tab.isOn) return { word: `opener.strip.${mode}`, n: tab.opened.value };
  const waiting = jobs.filter(waitsForTab);
  const left = waiting.reduce((sum, { counts }) => sum + counts.total - counts.done, 0);
  return waiting.length === 0 ? null : { word: "opener.strip.waits", n: left };
}

// Above the list; beside it where the job that is open is such a list, for a narrow window shows
// only that.
export function TabStrip({ job = null }) {
  const { desk, route, tab } = usePage();
  const open = desk.jobs.value.find((one) => one.id === route.job);
  const isBeside = job !== null;
  const say = toSay(tab, desk.jobs.value);
  if (say === null || route.tab === "tab" || isBeside !== (open !== undefined && isTabJob(open)))
    return null;
  const mode = tab.mode.value;
  const troubles = tab.troubles.value.length;
  const there = t(tab.isOn ? "opener.strip.look" : "opener.strip.open");
  return html`<div class="tab-strip ${mode}"><${StatusIcon} status=${MARK[mode]}
      label=${t(`opener.mode.${mode}`)} />
    <span class="said">${t(say.word, { n: say.n })}</span>
    ${
      troubles > 0 &&
      html`<${PageLink} href=${route.toTab()} class="num">
        ${t("opener.troubles", { n: troubles })}<//>`
    }
    <${PageLink} href=${route.toTab()} class="button">${there}<//>
  </div>`;
}
