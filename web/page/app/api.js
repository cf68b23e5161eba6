// The native API of one desk as this page uses it. Every answer that is not a success becomes an
// `ApiError` with the server's own code; no answer at all becomes `Unreachable`.

import { compareClocks } from "./now.js";

const TIMEOUT_MS = 15000;
const UPLOAD_TIMEOUT_MS = 120000;

export class ApiError extends Error {
  constructor(status, { code, message, details }) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.details = details ?? {};
  }
}

export class Unreachable extends Error {
  constructor(cause) {
    super("no answer from the server", { cause });
    this.name = "Unreachable";
    this.code = "unreachable";
    this.details = {};
  }
}

// `crypto.randomUUID` exists only in secure contexts; a desk on the local network is plain HTTP.
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// `options.signal` ends it before its time.
export async function send(address, options, timeoutMs) {
  const ends = [AbortSignal.timeout(timeoutMs), ...(options.signal ? [options.signal] : [])];
  try {
    return await fetch(address, { ...options, signal: AbortSignal.any(ends) });
  } catch (cause) {
    throw new Unreachable(cause);
  }
}

export async function readError(response) {
  try {
    const { error } = await response.json();
    return new ApiError(response.status, error);
  } catch {
    // A proxy in between answers with pages of its own; the status is all there is to say.
    return new ApiError(response.status, {
      code: `http_${response.status}`,
      message: response.statusText,
    });
  }
}

async function readBody(response) {
  try {
    return await response.json();
  } catch (cause) {
    throw new Unreachable(cause);
  }
}

export async function call(address, options = {}, timeoutMs = TIMEOUT_MS) {
  const response = await send(address, options, timeoutMs);
  if (!response.ok) throw await readError(response);
  return readBody(response);
}

function formOf(job, file) {
  const body = new FormData();
  body.append("job", new Blob([JSON.stringify(job)], { type: "application/json" }));
  body.append("items", file, file.name);
  return body;
}

export class Api {
  constructor(deskId) {
    this.base = `/api/desks/${encodeURIComponent(deskId)}`;
  }

  jobPath(jobId, rest = "") {
    return `${this.base}/jobs/${encodeURIComponent(jobId)}${rest}`;
  }

  streamAddress(after) {
    const scheme = window.location.protocol === "https:" ? "wss" : "ws";
    const query = after === null ? "" : `?after=${after}`;
    return `${scheme}://${window.location.host}${this.base}/stream${query}`;
  }

  // Where a tab gets addresses to open.
  tabAddress() {
    const scheme = window.location.protocol === "https:" ? "wss" : "ws";
    return `${scheme}://${window.location.host}${this.base}/tab`;
  }

  // The snapshot, or null when `revision` is still the newest one.
  async snapshot(revision) {
    const headers = revision === null ? {} : { "If-None-Match": `"${revision}"` };
    const askedMs = Date.now();
    const response = await send(this.base, { headers, cache: "no-store" }, TIMEOUT_MS);
    compareClocks(response.headers.get("Date"), askedMs);
    if (response.status === 304) return null;
    if (!response.ok) throw await readError(response);
    return readBody(response);
  }

  createJob(job, key) {
    const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
    const options = { method: "POST", headers, body: JSON.stringify(job) };
    return call(`${this.base}/jobs`, options, UPLOAD_TIMEOUT_MS);
  }

  uploadJob(job, file, key) {
    const options = { method: "POST", headers: { "Idempotency-Key": key }, body: formOf(job, file) };
    return call(`${this.base}/jobs`, options, UPLOAD_TIMEOUT_MS);
  }

  // The kinds of jobs that this server does: `{kinds: [{kind, spec, item, files, lacks, ...}]}`.
  kinds() {
    return call("/api/kinds");
  }

  // What a job would be; nothing is made. `file` has its items where the job has none.
  outline(job, file, signal) {
    const headers = { "Content-Type": "application/json" };
    const plain = { method: "POST", headers, body: JSON.stringify(job), signal };
    const options = file ? { method: "POST", body: formOf(job, file), signal } : plain;
    return call(`${this.base}/jobs/outline`, options, UPLOAD_TIMEOUT_MS);
  }

  // What a job was asked for, as it is asked for again.
  asked(jobId, limit = null) {
    return call(this.jobPath(jobId, limit === null ? "/asked" : `/asked?limit=${limit}`));
  }

  // `where` are filters of outcomes: which of the failed ones a retry is for.
  command(jobId, verb, where = {}) {
    const query = new URLSearchParams(where).toString();
    return call(this.jobPath(jobId, `/${verb}${query && `?${query}`}`), { method: "POST" });
  }

  // Another job of all that this one was made of. The same key is told of the same job.
  repeat(jobId, key) {
    const headers = { "Idempotency-Key": key };
    return call(this.jobPath(jobId, "/repeat"), { method: "POST", headers }, UPLOAD_TIMEOUT_MS);
  }

  // The user goes on with the older copy of the desk.
  acknowledge() {
    return call(`${this.base}/acknowledge`, { method: "POST" });
  }

  // Gives the desk another address; this one opens nothing any more. The same key is told the same.
  rotateLink(key) {
    const headers = { "Idempotency-Key": key };
    return call(`${this.base}/rotate-link`, { method: "POST", headers });
  }

  // Which domains jobs may reach, and may not: `{allow, deny}`, whole.
  egress() {
    return call(`${this.base}/egress`);
  }

  setEgress(lists) {
    const headers = { "Content-Type": "application/json" };
    return call(`${this.base}/egress`, { method: "PUT", headers, body: JSON.stringify(lists) });
  }

  // The proxies that jobs may draw on, and how they fare: `{proxies: [{address, ok, failed,
  // benched_until}], server: {count, benched}}`. They are replaced as a whole, by their addresses.
  proxies() {
    return call(`${this.base}/proxies`);
  }

  setProxies(proxies) {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ proxies });
    return call(`${this.base}/proxies`, { method: "PUT", headers, body });
  }

  // Whether a proxy, or a list of them, is of use; if so it joins the pool: `{valid, message, count}`.
  checkProxy(address) {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ address });
    return call(`${this.base}/proxies/check`, { method: "POST", headers, body });
  }

  // Who is told when jobs end: `{webhooks: [{id, url, events, waiting, last_at, last_error, secret}]}`.
  // Replaced as a whole; only a new one's secret is told, and only in that answer.
  webhooks() {
    return call(`${this.base}/webhooks`);
  }

  setWebhooks(webhooks) {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ webhooks });
    return call(`${this.base}/webhooks`, { method: "PUT", headers, body });
  }

  testWebhook(id) {
    return call(`${this.base}/webhooks/${id}/test`, { method: "POST" });
  }

  // The desk's tokens, newest movement first: `{balance, held, free, plan, limits, entries, total}`.
  ledger(page, size) {
    return call(`${this.base}/ledger?${new URLSearchParams({ page, size })}`);
  }

  // When the next passes of a schedule would be: `{passes: [{at, due_at}]}`.
  previewSchedule(schedule) {
    const headers = { "Content-Type": "application/json" };
    const options = { method: "POST", headers, body: JSON.stringify(schedule) };
    return call(`${this.base}/schedule/preview`, options);
  }

  // What the desk's browser is to do on request: `{journeys, digest, revision}`.
  journeys() {
    return call(`${this.base}/journeys`, { cache: "no-store" });
  }

  // Keeps these instead. With `replaces`, only where the present ones are still those.
  putJourneys(body) {
    const headers = { "Content-Type": "application/json" };
    const options = { method: "PUT", headers, body: JSON.stringify(body) };
    return call(`${this.base}/journeys`, options, UPLOAD_TIMEOUT_MS);
  }

  // Runs some of them, by their places in the list. The answer has the job.
  startJourneys(body, key) {
    const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
    const options = { method: "POST", headers, body: JSON.stringify(body) };
    return call(`${this.base}/journeys/start`, options);
  }

  // What the server's browser shows of an item at this moment: `{item, picture}`, the picture a
  // blob; null where there is nothing to see.
  async liveFrame(jobId, item) {
    const query = item === null ? "" : `?item=${item}`;
    const response = await send(this.jobPath(jobId, `/live${query}`), {}, TIMEOUT_MS);
    if (!response.ok) throw await readError(response);
    if (response.status === 204) return null;
    const picture = await response.blob();
    return { item: Number(response.headers.get("X-Nightdesk-Item")), picture };
  }

  // Who did what, from an offset on, oldest first.
  audit(after) {
    return call(`${this.base}/audit?after=${after}`);
  }

  // One job with its `spec`, which the snapshot leaves out.
  job(jobId) {
    return call(this.jobPath(jobId));
  }

  deleteJob(jobId) {
    return call(this.jobPath(jobId), { method: "DELETE" });
  }

  // `where` are the filters of outcomes, by their names in the API.
  items(jobId, { status, offset, limit, where = {} }) {
    const query = new URLSearchParams({ offset, limit, ...where });
    if (status) query.set("status", status);
    return call(this.jobPath(jobId, `/items?${query}`));
  }

  // With `waitS` the answer may take so long: until there is a line after that offset.
  log(jobId, after, { waitS = 0, signal } = {}) {
    const query = waitS > 0 ? `after=${after}&wait=${waitS}` : `after=${after}`;
    return call(this.jobPath(jobId, `/log?${query}`), { signal }, TIMEOUT_MS + waitS * 1000);
  }

  artifacts(jobId) {
    return call(this.jobPath(jobId, "/artifacts"));
  }

  // Files of a job that has ended, by their names: at most a thousand at once.
  removeFiles(jobId, names) {
    const headers = { "Content-Type": "application/json" };
    const options = { method: "DELETE", headers, body: JSON.stringify({ names }) };
    return call(this.jobPath(jobId, "/files"), options, UPLOAD_TIMEOUT_MS);
  }

  exportAddress(jobId, format, where = {}) {
    return this.jobPath(jobId, `/export?${new URLSearchParams({ format, ...where })}`);
  }

  artifactAddress(jobId, name) {
    return this.jobPath(jobId, `/artifacts/${encodeURIComponent(name)}`);
  }

  // What an item is about, where that is a picture.
  itemPictureAddress(jobId, index) {
    return this.jobPath(jobId, `/items/${index}/picture`);
  }

  sample() {
    return call("/api/sample");
  }

  health() {
    return call("/healthz");
  }
}
