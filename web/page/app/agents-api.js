// The part of the native API that is about jobs of agents. Errors are those of `api.js`.
import { ApiError, call, readError, send } from "./api.js";

const TIMEOUT_MS = 30000;

export class AgentsApi {
  #api;

  constructor(api) {
    this.#api = api;
  }

  // What may be asked for here: `{endpoints: [{name, models, has_key}], commands, day_cap}`.
  options() {
    return call(`${this.#api.base}/agents`);
  }

  // `{tasks, total, offset, limit}`, with what the ledger of each says.
  tasks(jobId, offset, limit) {
    const query = new URLSearchParams({ offset, limit });
    return call(this.#api.jobPath(jobId, `/tasks?${query}`), {}, TIMEOUT_MS);
  }

  costs(jobId) {
    return call(this.#api.jobPath(jobId, "/costs"), {}, TIMEOUT_MS);
  }

  // `{usd, tokens}`, null being no limit. The answer has the job.
  setCap(jobId, cap) {
    const headers = { "Content-Type": "application/json" };
    const options = { method: "PUT", headers, body: JSON.stringify(cap) };
    return call(this.#api.jobPath(jobId, "/cap"), options);
  }

  // The records behind a piece; null where there is nothing newer than `tag`.
  async transcript(jobId, item, after, tag) {
    const headers = tag === null ? {} : { "If-None-Match": tag };
    const address = this.#api.jobPath(jobId, `/items/${item}/transcript?after=${after}`);
    const response = await send(address, { headers, cache: "no-store" }, TIMEOUT_MS);
    if (response.status === 304) return null;
    if (!response.ok) throw await readError(response);
    const said = await response.json().catch((cause) => {
      throw new ApiError(response.status, { code: "unreachable", message: String(cause) });
    });
    return { ...said, tag: response.headers.get("ETag") };
  }

  filesAddress(jobId, item) {
    return this.#api.jobPath(jobId, `/items/${item}/files.zip`);
  }

  transcriptAddress(jobId, item) {
    return this.#api.jobPath(jobId, `/items/${item}/transcript.jsonl`);
  }

  resultsAddress(jobId) {
    return this.#api.jobPath(jobId, "/agent-results.json");
  }
}
