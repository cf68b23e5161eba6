// What the form of a schedule makes of its fields. Pure; when passes are due is the server's to say.

export const DAYS = [1, 2, 3, 4, 5, 6, 0]; // as a week is written; 0 is Sunday
const ASIA = ["CN", "HK", "TW", "SG", "JP", "KR", "IN"];
export const COUNTRIES = [...ASIA, "GB", "DE", "FR", "US", "CA", "AU"];
export const NUMBERS = {
  interval_min: { min: 1, max: 1440 },
  max_delay_min: { min: 0, max: 1440 },
};

export const zoneHere = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

// Office hours, once an hour, on days when offices are open.
export const EMPTY_SCHEDULE = {
  on: false,
  start: "09:00",
  end: "18:00",
  interval_min: 60,
  max_delay_min: 0,
  work_days: [1, 2, 3, 4, 5],
  timezone: zoneHere(),
  holidays: "",
};

// The API's document, or null where the job is to be done once.
export function scheduleOf({ on, ...fields }) {
  if (!on) return null;
  const { timezone, holidays } = fields;
  return { ...fields, timezone: timezone.trim(), holidays: holidays.trim().toUpperCase() };
}

// Days in the order of their numbers, as the server wants and says them.
export const withDay = (days, day, chosen) =>
  [...days.filter((one) => one !== day), ...(chosen ? [day] : [])].sort((a, b) => a - b);

// Whether there is enough in the form to ask the server about it.
export const isWhole = ({ start, end, interval_min, max_delay_min, timezone }) =>
  start !== "" && end !== "" && timezone !== "" &&
  Number.isInteger(interval_min) && Number.isInteger(max_delay_min);

// Jobs that the passes of this one made, newest first.
export const passesOf = (job, jobs) => jobs.filter(({ parent }) => parent === job.id);
