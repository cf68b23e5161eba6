// What happened to a job: what was done to it, by whom, and what came of it, oldest first; and what
// moved tokens for it.
import { useState } from "../../vendor/hooks.js";
import { reasonOf } from "../chart-look.js";
import { ledgerOf, timelineOf } from "../charts-data.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { reasonIn } from "../reasons.js";
import { useThrottled } from "../throttle.js";
import { age, duration, fullTime, has, number, t } from "../words.js";
import { by, outcome } from "./audit.js";

const REFRESH_MS = 1000;
const MINUTE_MS = 60000;
const SHORTEST_MS = 1000; // of a gap that is worth a line
// What took something of the job away, and changed nothing.
const LOOKING = [
  "export",
  "read_artifact",
  "read_artifacts_zip",
  "read_transcript",
  "read_task_files",
  "read_agent_results",
];
const GOOD = ["finished", "disk_back"];
const BAD = ["broken", "crashed", "worker_died", "waits_for_disk", "stopped", "quota"];

// `{events, gaps, left_out, entries}`: read again when the job stands otherwise.
function useHistory(job) {
  const { api, route } = usePage();
  const [state, setState] = useState({ history: null, failed: false });
  const read = async () => {
    try {
      const [history, ledger] = await Promise.all([
        timelineOf(api, job.id),
        route.isShared ? { entries: [] } : ledgerOf(api, job.id),
      ]);
      setState({ history: { ...history, entries: ledger.entries }, failed: false });
    } catch (error) {
      if (!error.code) throw error;
      setState((before) => ({ ...before, failed: true }));
    }
  };
  useThrottled(read, `${job.status} ${job.reason} ${job.started_at}`, REFRESH_MS);
  return state;
}

function wordsOf({ what, n = 0 }) {
  const own = `history.what.${what}`;
  return has(own) ? t(own, { n }) : t(`audit.what.${what}`);
}

function markOf(event) {
  if (event.outcome && event.outcome !== "ok" && event.outcome !== "replayed") return "bad";
  if (GOOD.includes(event.what) && !event.counts?.failed) return "good";
  return BAD.includes(event.what) ? "bad" : "";
}

function Event({ event }) {
  const told = { outcome: "ok", more: 0, lost: 0, means: "", ...event };
  const wrong = outcome(told);
  return html`<li class=${markOf(event)}>
    <time class="num small" datetime=${event.at}>${fullTime(event.at)}</time>
    <div><p><b>${wordsOf(event)}</b></p>
      ${event.counts && html`<p class="num">${t("history.counts", event.counts)}</p>`}
      ${event.reason && html`<p><bdi>${reasonIn(event.reason)}</bdi></p>`}
      ${wrong && html`<p>${wrong}</p>`}
      ${told.more > 0 && html`<p>${t("audit.more", { n: told.more })}</p>`}
      ${told.who && html`<p class="small">${by(told)}</p>`}</div></li>`;
}

const longOf = (ms) => (ms < MINUTE_MS ? duration(ms) : age(0, ms));

function Gap({ gap }) {
  const reason = reasonOf(gap.reason);
  const long =
    gap.to === null ? t("history.still") : longOf(Date.parse(gap.to) - Date.parse(gap.from));
  return html`<li class="gap"><time class="num small" datetime=${gap.from}>${fullTime(gap.from)}</time>
    <p>${t("history.gap", { reason, long })}</p></li>`;
}

const signed = (amount) => `${amount < 0 ? "−" : "+"}${number(Math.abs(amount))}`;

function Entries({ entries }) {
  return html`<section><h2>${t("history.tokens")}</h2>
    <table class="ledger"><caption class="unseen">${t("history.tokens")}</caption>
      <thead><tr>${["at", "amount", "balance"].map(
        (name) =>
          html`<th key=${name} scope="col" class=${name}>${t(`tokens.col.${name}`)}</th>`,
      )}</tr></thead>
      <tbody>${entries.map(
        (entry) => html`<tr key=${entry.id}>
        <td><time class="num small" datetime=${entry.at}>${fullTime(entry.at)}</time></td>
        <td class="num amount ${entry.amount < 0 ? "spent" : "granted"}">${signed(entry.amount)}</td>
        <td class="num">${number(entry.balance)}</td></tr>`,
      )}</tbody></table></section>`;
}

const isLong = ({ from, to }) =>
  to === null || Date.parse(to) - Date.parse(from) >= SHORTEST_MS;

// Events and gaps in the order of time; a gap stands behind what it began with.
function lines({ events, gaps }, all) {
  const shown = events.filter(({ what }) => all || !LOOKING.includes(what));
  const both = [
    ...shown.map((event) => ({ at: event.at, event })),
    ...gaps.filter(isLong).map((gap) => ({ at: gap.from, gap })),
  ];
  return both.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
}

export function HistoryTab({ job }) {
  const { history, failed } = useHistory(job);
  const [all, setAll] = useState(false);
  const looked = history?.events.some(({ what }) => LOOKING.includes(what));
  return html`<div class="history">
    ${failed && html`<p class="tab-error" role="status">${t("items.error")}</p>`}
    ${history === null && !failed && html`<p class="quiet-note" aria-busy="true">${t("list.loading")}</p>`}
    ${
      history &&
      html`<section><h2>${t("history.title")}</h2>
      ${
        looked &&
        html`<label class="history-all"><input type="checkbox" checked=${all}
          onChange=${(event) => setAll(event.target.checked)} />${t("history.all")}</label>`
      }
      ${history.left_out > 0 && html`<p class="small">${t("history.left_out", { n: history.left_out })}</p>`}
      <ol class="timeline">${lines(history, all).map(({ at, event, gap }, place) =>
        gap
          ? html`<${Gap} key=${`${at} ${place}`} gap=${gap} />`
          : html`<${Event} key=${`${at} ${place}`} event=${event} />`,
      )}</ol></section>
      ${history.entries.length > 0 && html`<${Entries} entries=${history.entries} />`}`
    }</div>`;
}
