// Running journeys: what the options of a run become in the request, and which job is the one that
// the page watches. Pure.

export const LANE = "background";

// `skip_completed` and `auto_generate` are the run's, the others fields of the job's spec.
export const OPTIONS = {
  auto_generate: true,
  skip_completed: false,
  screenshot_each_step: false,
  keep_session: false,
  proxy_pool: false,
  timeout_s: "",
  width: "",
  height: "",
  user_agent: "",
  locale: "",
  timezone: "",
  username: "",
  password: "",
};

export const FLAGS = ["screenshot_each_step", "keep_session", "proxy_pool"];
export const NUMBERS = ["timeout_s", "width", "height"];
export const TEXTS = ["user_agent", "locale", "timezone", "username", "password"];

const said = (value) => value !== "" && !Number.isNaN(value);

// The fields of a spec that say something; the server has its own defaults.
export function specOf(options) {
  const spec = {};
  for (const name of FLAGS) if (options[name]) spec[name] = true;
  for (const name of ["timeout_s", "user_agent", "locale", "timezone"])
    if (said(options[name])) spec[name] = options[name];
  if (said(options.width) && said(options.height))
    spec.viewport = { width: options.width, height: options.height };
  if (said(options.username))
    spec.basic_auth = { username: options.username, password: options.password };
  return spec;
}

export function requestOf(options, indices) {
  return {
    indices,
    auto_generate: options.auto_generate,
    ignore_completed: !options.skip_completed,
    options: specOf(options),
  };
}

// The newest job that runs the desk's journeys; null where there is none. `jobs` are newest first.
export const background = (jobs) => jobs.find((job) => job.lane === LANE) ?? null;

// The items of a job that say how far they are; nothing while it does not run.
export const atWork = (job) => (job.status === "running" ? (job.progress.items ?? []) : []);

// How far the items at work are together, in percent; null where none says it. One by one, as
// journeys are run, that is the one at work.
export function currentPercent(job) {
  const items = atWork(job);
  if (items.length === 0) return job.status === "completed" ? 100 : null;
  return items.reduce((sum, { percent }) => sum + percent, 0) / items.length;
}
