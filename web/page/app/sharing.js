// Links by which others may look at the desk, and its address as a code: what the API has of them.
import { call } from "./api.js";

const JSON_HEADERS = { "Content-Type": "application/json" };
const HOUR_S = 3600;

// How long a link may open something, in the order of the choice.
export const SPANS = [
  ["1h", HOUR_S],
  ["1d", 24 * HOUR_S],
  ["7d", 7 * 24 * HOUR_S],
  ["30d", 30 * 24 * HOUR_S],
  ["90d", 90 * 24 * HOUR_S],
];
export const USUAL_SPAN = "7d";

// `{shares: [{id, name, job, files, made_at, expires_at, used_on}], limit}`
export const listShares = (api) => call(`${api.base}/shares`, { cache: "no-store" });

// `{share, token, url, qr}`: the only answer that has its address.
export function makeShare(api, body) {
  const options = { method: "POST", headers: JSON_HEADERS, body: JSON.stringify(body) };
  return call(`${api.base}/shares`, options);
}

export const endShare = (api, id) => call(`${api.base}/shares/${id}`, { method: "DELETE" });

// `{url, qr}` of the desk's own address.
export const deskCode = (api) => call(`${api.base}/qr`, { method: "POST" });

// What a share link shows: `{name, job, files, expires_at}`.
export const sharedView = async (api) => (await call(`${api.base}/me`)).share;
