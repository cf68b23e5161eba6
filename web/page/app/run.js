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
  proxy: "",
  headers: "",
  cookies: "",
  cookies_for: "",
};

export const FLAGS = ["screenshot_each_step", "keep_session", "proxy_pool"];
export const NUMBERS = ["timeout_s", "width", "height"];
export const TEXTS = ["user_agent", "locale", "timezone", "username", "password"];

const said = (value) => value !== "" && !Number.isNaN(value);

const linesOf = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

// `Name: value`, one a line. What is no such line is handed on as a name that the server refuses.
export function headersOf(text) {
  const headers = {};
  for (const line of linesOf(text)) {
    const [, name, value] = /^([^:]+):(.*)$/.exec(line) ?? [line, `${line}:`, ""];
    const before = headers[name.trim()];
    headers[name.trim()] = before === undefined ? value.trim() : `${before}, ${value.trim()}`;
  }
  return headers;
}

// As browsers' tools export them, under our names.
const EXPORTED = { httpOnly: "http_only", sameSite: "same_site", expirationDate: "expires" };
const OURS = [
  "name", "value", "url", "domain", "path", "secure", "http_only", "same_site", "expires",
];
const SITES = { strict: "Strict", lax: "Lax", none: "None", no_restriction: "None" };

function cookieOf(exported) {
  const renamed = Object.entries(exported).map(([name, value]) => [EXPORTED[name] ?? name, value]);
  const cookie = Object.fromEntries(renamed.filter(([name]) => OURS.includes(name)));
  const site = SITES[String(cookie.same_site).toLowerCase()];
  if (site) cookie.same_site = site;
  else delete cookie.same_site;
  return cookie;
}

// `a=1; b=2` or one a line, of the host that is named beside; or the JSON that a browser's tool has
// exported. What is neither is the server's to refuse.
export function cookiesOf(text, host) {
  if (text.trimStart().startsWith("[")) {
    try {
      return JSON.parse(text).map(cookieOf);
    } catch {
      return text;
    }
  }
  const pairs = text.replace(/^\s*cookie:/i, "").split(/[;\n]/);
  return pairs.map((pair) => pair.trim()).filter(Boolean).map((pair) => {
    const [name, ...rest] = pair.split("=");
    return { name: name.trim(), value: rest.join("=").trim(), domain: host.trim() };
  });
}

// The fields of a spec that say something; the server has its own defaults.
export function specOf(options) {
  const spec = {};
  for (const name of FLAGS) if (options[name]) spec[name] = true;
  for (const name of ["timeout_s", "user_agent", "locale", "timezone", "proxy"])
    if (said(options[name])) spec[name] = options[name];
  if (options.headers.trim() !== "") spec.headers = headersOf(options.headers);
  if (options.cookies.trim() !== "")
    spec.cookies = cookiesOf(options.cookies, options.cookies_for);
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
