// When a job is to run again and again: window, interval, days, holidays, and the next passes as the
// server counts them, before anything is made.
import { useEffect, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { COUNTRIES, DAYS, NUMBERS, isWhole, scheduleOf, withDay } from "../schedule.js";
import { countryName, number, passTime, t, weekday } from "../words.js";
import { Hints, WrongNote, wrongOf } from "./parts.js";

const ASK_MS = 400;
const PASSES = 5; // so many are shown
const ZONES = Intl.supportedValuesOf?.("timeZone") ?? ["UTC"];

// The next passes of these fields, asked for when they have not changed for a moment: `{passes}` or
// `{error}`.
function usePreview(schedule) {
  const { api } = usePage();
  const [said, setSaid] = useState({ passes: [], error: null });
  const asked = JSON.stringify(scheduleOf(schedule));
  useEffect(() => {
    if (!schedule.on || !isWhole(schedule)) return undefined;
    let wanted = true;
    const answer = (found) => wanted && setSaid(found);
    const ask = async () => {
      try {
        answer({ passes: (await api.previewSchedule(JSON.parse(asked))).passes, error: null });
      } catch (error) {
        if (!error.code) throw error;
        answer({ passes: [], error });
      }
    };
    const timer = setTimeout(ask, ASK_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [api, asked]);
  return said;
}

// A refusal names the field, as `interval_min` or as `schedule.interval_min`.
function reasonsOf(error) {
  const wrong = Array.isArray(error?.details.errors) ? error.details.errors : [];
  return Object.fromEntries(
    wrong.map(({ field, reason }) => [String(field).replace(/^schedule\./, ""), reason]),
  );
}

function Field({ name, reasons, children }) {
  return html`<label class="field"><span>${t(`schedule.${name}`)}</span>${children}
    <${WrongNote} id=${`schedule-${name}-wrong`} reason=${reasons[name]} />
    ${!reasons[name] && html`<small>${t(`schedule.${name}.note`)}</small>`}</label>`;
}

function Times({ schedule, change, reasons }) {
  const time = (name) => html`<${Field} name=${name} reasons=${reasons}>
    <input type="text" name=${`schedule_${name}`} required maxlength="5" inputmode="numeric"
      pattern="([01][0-9]|2[0-4]):[0-5][0-9]" placeholder="HH:MM" value=${schedule[name]}
      ...${wrongOf(`schedule-${name}-wrong`, reasons[name])}
      onInput=${(event) => change({ [name]: event.currentTarget.value })} /><//>`;
  const minutes = (name) => html`<${Field} name=${name} reasons=${reasons}>
    <input type="number" name=${`schedule_${name}`} required min=${NUMBERS[name].min}
      max=${NUMBERS[name].max} step="1" value=${schedule[name]}
      ...${wrongOf(`schedule-${name}-wrong`, reasons[name])}
      onInput=${(event) => change({ [name]: event.currentTarget.valueAsNumber })} /><//>`;
  return html`<div class="numbers">${time("start")}${time("end")}${minutes("interval_min")}
    ${minutes("max_delay_min")}</div>`;
}

function Days({ schedule, change, reasons }) {
  return html`<fieldset class="days"><legend>${t("schedule.work_days")}</legend>
    ${DAYS.map(
      (day) => html`<label key=${day} class="day"><input type="checkbox" name="work_days"
      value=${day} checked=${schedule.work_days.includes(day)}
      onChange=${({ currentTarget: { checked } }) =>
        change({ work_days: withDay(schedule.work_days, day, checked) })} />
      <span>${weekday(day)}</span></label>`,
    )}
    <${WrongNote} id="schedule-work_days-wrong" reason=${reasons.work_days} /></fieldset>`;
}

function Places({ schedule, change, reasons }) {
  const known = COUNTRIES.includes(schedule.holidays) || schedule.holidays === "";
  const countries = known ? COUNTRIES : [schedule.holidays, ...COUNTRIES];
  return html`<div class="pair">
    <${Field} name="timezone" reasons=${reasons}>
      <input type="text" name="schedule_timezone" required list="schedule-zones" spellcheck=${false}
        value=${schedule.timezone} ...${wrongOf("schedule-timezone-wrong", reasons.timezone)}
        onInput=${(event) => change({ timezone: event.currentTarget.value })} />
      <${Hints} id="schedule-zones" hints=${ZONES} /><//>
    <${Field} name="holidays" reasons=${reasons}>
      <select name="schedule_holidays" value=${schedule.holidays}
        onChange=${(event) => change({ holidays: event.currentTarget.value })}>
        <option value="">${t("schedule.holidays.none")}</option>
        ${countries.map(
          (code) => html`<option key=${code} value=${code}>${countryName(code)}</option>`,
        )}
      </select><//></div>`;
}

function NextPasses({ passes, schedule }) {
  if (passes.length === 0) return null;
  const delay = schedule.max_delay_min;
  const zone = schedule.timezone.trim();
  return html`<ol class="next-passes num">${passes.map(
    ({ at }) => html`<li key=${at}><time datetime=${at}>${passTime(at, zone)}</time></li>`,
  )}</ol>${delay > 0 && html`<p class="small">${t("schedule.delayed", { n: delay })}</p>`}`;
}

function Preview({ said, schedule }) {
  const { passes, error } = said;
  const wrong = error && (Object.values(reasonsOf(error))[0] ?? error.message);
  return html`<section class="preview" aria-live="polite">
    <h3>${t("schedule.next", { n: passes.length || PASSES })}</h3>
    ${wrong && html`<p class="wrong"><bdi>${wrong}</bdi></p>`}
    <${NextPasses} passes=${passes} schedule=${schedule} /></section>`;
}

// `change(part)` is told what has another value now.
export function ScheduleFields({ schedule, change }) {
  const said = usePreview(schedule);
  const fields = { schedule, change, reasons: reasonsOf(said.error) };
  return html`<section class="schedule">
    <label class="check"><input type="checkbox" name="scheduled" checked=${schedule.on}
      onChange=${(event) => change({ on: event.currentTarget.checked })} />
      <span>${t("schedule.on")}<small>${t("schedule.on.note")}</small></span></label>
    ${
      schedule.on &&
      html`<div class="schedule-fields"><${Times} ...${fields} /><${Days} ...${fields} />
      <${Places} ...${fields} /><${Preview} said=${said} schedule=${schedule} /></div>`
    }</section>`;
}
