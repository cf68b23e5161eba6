// What a job was asked to do, whatever its kind: the fields of its spec, read from the API once.
// A value that is kept secret is only a name here, and is shown as one.
import { useRef, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { useThrottled } from "../throttle.js";
import { bytes, has, number, t } from "../words.js";

const REFRESH_MS = 1000;

// What one looks for comes first; fields of kinds that this page does not know follow as they came.
const ORDER = [
  "concurrency",
  "timeout_s",
  "retries",
  "user_agent",
  "headers",
  "proxies",
  "proxy_rotation",
  "follow_redirects",
  "keep_body",
  "max_body_bytes",
  "max_url_bytes",
];

const inOrder = (spec) => [
  ...ORDER.filter((name) => name in spec),
  ...Object.keys(spec).filter((name) => !ORDER.includes(name)),
];

const isSecret = (value) => typeof value === "object" && value !== null && "secret" in value;

function readable(name, value) {
  if (isSecret(value)) return t("spec.secret", { name: value.secret });
  if (typeof value === "boolean") return t(value ? "spec.yes" : "spec.no");
  if (typeof value === "number") return name.endsWith("_bytes") ? bytes(value) : number(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

// One line for each entry of a list or an object.
function lines(name, value) {
  if (value === null) return [];
  if (name === "viewport") return [`${value.width} × ${value.height}`];
  // With its recipe, which is the same for all who name it.
  if (name === "source") return [value.name, ...lines("values", value.values)];
  const nested = typeof value === "object" && !isSecret(value);
  if (!nested) return [readable(name, value)];
  if (Array.isArray(value)) return value.map((entry) => readable(name, entry));
  return Object.entries(value).map(([key, entry]) => `${key}: ${readable(key, entry)}`);
}

function SpecFact({ name, value }) {
  const label = has(`spec.${name}`) ? t(`spec.${name}`) : name;
  const said = lines(name, value);
  const shown = said.length === 0 ? [t("spec.none")] : said;
  return html`<div class="fact"><dt><bdi>${label}</bdi></dt>
    <dd>${shown.map((line, place) => html`<bdi key=${place}>${line}</bdi>`)}</dd></div>`;
}

// The spec of a job never changes: it is asked for until it was answered.
function useSpec(job) {
  const { api } = usePage();
  const [state, setState] = useState({ spec: null, failed: false });
  const reading = useRef(false);
  const read = async () => {
    if (state.spec !== null || reading.current) return;
    reading.current = true;
    try {
      setState({ spec: (await api.job(job.id)).spec, failed: false });
    } catch (error) {
      if (!error.code) throw error;
      setState({ spec: null, failed: true });
    } finally {
      reading.current = false;
    }
  };
  useThrottled(read, job.revision, REFRESH_MS);
  return state;
}

export function SpecFacts({ job }) {
  const { spec, failed } = useSpec(job);
  if (failed) return html`<p class="tab-error" role="status">${t("items.error")}</p>`;
  if (spec === null) return null;
  return html`<h2>${t("spec.title")}</h2>
    <dl>${inOrder(spec).map(
      (name) => html`<${SpecFact} key=${name} name=${name} value=${spec[name]} />`,
    )}</dl>`;
}
