// A scheduled job's passes: when the next one is, what the schedule says, and those that were due,
// each with its job or the reason why there is none.
import { useEffect, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { DAYS } from "../schedule.js";
import { useThrottled } from "../throttle.js";
import { visibleLine } from "../visible.js";
import { countryName, has, number, passTime, t, weekday } from "../words.js";
import { Bar } from "./bar.js";
import { Counts } from "./facts.js";
import { StatusIcon } from "./icons.js";
import { PageLink } from "./parts.js";

const REFRESH_MS = 1000;

// `work_days` in the words of a week.
const days = (chosen) => DAYS.filter((day) => chosen.includes(day)).map(weekday).join(" ");

function Rules({ schedule }) {
  const facts = [
    ["window", t("passes.window", schedule)],
    ["every", t("passes.every", { n: schedule.interval_min })],
    ["delay", schedule.max_delay_min > 0 && t("passes.delay", { n: schedule.max_delay_min })],
    ["days", days(schedule.work_days)],
    ["zone", schedule.timezone],
    ["holidays", schedule.holidays && countryName(schedule.holidays)],
  ];
  return html`<dl>${facts
    .filter(([, value]) => value)
    .map(
      ([name, value]) => html`<div class="fact" key=${name}><dt>${t(`passes.${name}.name`)}</dt>
        <dd><bdi>${value}</bdi></dd></div>`,
    )}</dl>`;
}

function Made({ job }) {
  const { route } = usePage();
  return html`<${StatusIcon} status=${job.status} label=${t(`status.${job.status}`)} />
    <${PageLink} href=${route.toJob(job.id)}><bdi>${visibleLine(job.name)}</bdi><//>
    <${Bar} job=${job} /><${Counts} job=${job} />`;
}

// Its job is on the desk until it is swept or deleted.
function Pass({ record, zone }) {
  const { desk } = usePage();
  const job = record.job_id && desk.jobs.value.find((one) => one.id === record.job_id);
  const why = record.skipped ?? "gone";
  const said = has(`passes.skipped.${why}`) ? t(`passes.skipped.${why}`) : why;
  return html`<li><time class="num" datetime=${record.at}>${passTime(record.at, zone)}</time>
    ${
      job
        ? html`<${Made} job=${job} />`
        : html`<${StatusIcon} status="cancelled" label=${said} /><span class="why">${said}</span>`
    }</li>`;
}

// Those that were due, which the snapshot leaves out: read again whenever the job has changed.
function usePasses(job) {
  const { api } = usePage();
  const [state, setState] = useState({ passes: null, failed: false });
  const read = async () => {
    try {
      setState({ passes: (await api.job(job.id)).passes, failed: false });
    } catch (error) {
      if (!error.code) throw error;
      setState({ ...state, failed: true });
    }
  };
  useThrottled(read, job.revision, REFRESH_MS);
  return state;
}

// When the passes after the next one begin, as the server counts them for this job.
function useFollowing({ id, next_pass_at: nextAt, schedule }) {
  const { api, route } = usePage();
  const [following, setFollowing] = useState([]);
  useEffect(() => {
    let wanted = true;
    const ask = async () => {
      try {
        const { passes } = await api.previewSchedule({ ...schedule, seed: id });
        if (wanted) setFollowing(passes.map((one) => one.due_at).filter((at) => at > nextAt));
      } catch (error) {
        // The next one is known without the server, and shown.
        if (!error.code) throw error;
      }
    };
    setFollowing([]);
    if (nextAt && !route.isShared) ask();
    return () => {
      wanted = false;
    };
  }, [api, id, nextAt]);
  return following;
}

function Next({ job }) {
  const { next_pass_at: nextAt, schedule, status } = job;
  const following = useFollowing(job);
  if (!nextAt) {
    return html`<p>${t(`passes.none.${status === "pending" ? "pending" : "stopped"}`)}</p>`;
  }
  return html`<ol class="next-passes num">${[nextAt, ...following].map(
    (at) => html`<li key=${at}><time datetime=${at}>${passTime(at, schedule.timezone)}</time></li>`,
  )}</ol>`;
}

export function PassesTab({ job }) {
  const { passes, failed } = usePasses(job);
  const zone = job.schedule.timezone;
  return html`${failed && html`<p class="tab-error" role="status">${t("items.error")}</p>`}
    <section><h2>${t("passes.next")}</h2><${Next} job=${job} /></section>
    <section><h2>${t("passes.rules")}</h2><${Rules} schedule=${job.schedule} /></section>
    <section><h2>${t("passes.were")}
        ${passes !== null && html` <span class="small num">${number(passes.length)}</span>`}</h2>
      ${passes?.length === 0 && html`<p class="small">${t("passes.nothing")}</p>`}
      <ol class="passes">${(passes ?? []).slice().reverse().map(
        (record) => html`<${Pass} key=${record.slot_at} record=${record} zone=${zone} />`,
      )}</ol></section>`;
}
