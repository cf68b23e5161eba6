// What the table of items asks of a desk besides its pages: causes, hosts, other jobs of some items.
import { call } from "./api.js";

const LONG_MS = 120000;
const JSON_HEADERS = { "Content-Type": "application/json" };

// Why items failed, all of them: `{failed, causes: [{cause, host, n, advice, filter, ...}]}`.
export const causesOf = (api, jobId) => call(api.jobPath(jobId, "/causes"));

// Slows a host for the job, or with null lets it go. The answer has the job.
export const paceHost = (api, jobId, host, pace) =>
  call(api.jobPath(jobId, `/hosts/${encodeURIComponent(host)}`), {
    method: "PUT",
    headers: JSON_HEADERS,
    body: JSON.stringify(pace),
  });

// Another job of the items that `only` finds, with these fields of the spec changed.
export const repeatSome = (api, jobId, body, key) =>
  call(
    api.jobPath(jobId, "/repeat"),
    {
      method: "POST",
      headers: { ...JSON_HEADERS, "Idempotency-Key": key },
      body: JSON.stringify(body),
    },
    LONG_MS,
  );

const LOG_PAGES_MOST = 20;

// The lines of the job's log that speak of an item: what was read of it, and whether all of it was.
export async function linesOf(api, jobId, index) {
  const lines = [];
  let after = 0;
  for (let page = 0; page < LOG_PAGES_MOST; page += 1) {
    const answer = await api.log(jobId, after);
    lines.push(...answer.lines.filter((line) => line.index === index));
    if (answer.next <= after || answer.next >= answer.size) return { lines, whole: true };
    after = answer.next;
  }
  return { lines, whole: false };
}

const PREVIEW_BYTES = 65536;

// The beginning of a file that the job made, as text; what it is not is not shown.
export async function textOf(address) {
  const headers = { Range: `bytes=0-${PREVIEW_BYTES - 1}` };
  const response = await fetch(address, { headers });
  if (!response.ok) return null;
  const data = await response.arrayBuffer();
  return { text: new TextDecoder().decode(data), cut: response.status === 206 };
}
