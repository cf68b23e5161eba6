// The part of the native API that is about the workshop: presets, characters, models, and the
// operator's WebUI. Errors are those of `api.js`.
import { call } from "./api.js";

const START_TIMEOUT_MS = 60000;
const PAGE = 500;

const sent = (method, body) => ({
  method,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

export class WorkshopApi {
  constructor(deskBase) {
    this.base = deskBase;
  }

  path(kind, id, rest = "") {
    return `${this.base}/${kind}/${encodeURIComponent(id)}${rest}`;
  }

  // All presets, or all characters: `kind` names them in the address and in the answer.
  async all(kind) {
    const found = [];
    for (let page = 1; ; page += 1) {
      const query = new URLSearchParams({ page, size: PAGE });
      const answer = await call(`${this.base}/${kind}?${query}`, { cache: "no-store" });
      found.push(...answer[kind]);
      if (found.length >= answer.total || answer[kind].length === 0) return found;
    }
  }

  async models() {
    return (await call(`${this.base}/models`, { cache: "no-store" })).models;
  }

  // One entry with what is in it: `{preset, config}`, `{character, tags, tag_weights}`,
  // `{model, report}`.
  one(kind, id) {
    return call(this.path(kind, id), { cache: "no-store" });
  }

  addPreset(about) {
    return call(`${this.base}/presets`, sent("POST", about));
  }

  // Files as the desk exports them, or those of older systems.
  importPresets(file) {
    return call(`${this.base}/presets/import`, sent("POST", file));
  }

  makeDefault(id) {
    return call(this.path("presets", id, "/default"), { method: "POST" });
  }

  addCharacter(about) {
    return call(`${this.base}/characters`, sent("POST", about));
  }

  // Which tags the pictures of a source have, and how often.
  extract(wanted) {
    return call(`${this.base}/characters/extract`, sent("POST", wanted), START_TIMEOUT_MS);
  }

  // What is left out stays; with `version` only where it is still that one.
  change(kind, id, about) {
    return call(this.path(kind, id), sent(kind === "models" ? "PATCH" : "PUT", about));
  }

  remove(kind, id) {
    return call(this.path(kind, id), { method: "DELETE" });
  }

  exportAddress(ids) {
    return `${this.base}/presets/export?${new URLSearchParams({ ids: ids.join(",") })}`;
  }

  modelAddress(id) {
    return this.path("models", id, "/file");
  }

  // Folders with pictures: `{opened, folders: [{path, job_id, images_n, truncated}]}`.
  folders() {
    return call(`${this.base}/folders`, { cache: "no-store" }, START_TIMEOUT_MS);
  }

  // How the operator's WebUI is: `{status, startable, may_operate, managed, reason, progress}`.
  webui() {
    return call(`${this.base}/webui`, { cache: "no-store" });
  }

  // `start` or `stop`; answered like `webui`.
  operateWebui(verb) {
    return call(`${this.base}/webui/${verb}`, { method: "POST" }, START_TIMEOUT_MS);
  }
}
