// The part of the native API that is about documents: the desk's templates, tables and pictures,
// what a job would make of them, and how far one is. Errors are those of `api.js`.
import { call, readError, send } from "./api.js";

const UPLOAD_TIMEOUT_MS = 120000;
const OUTLINE_TIMEOUT_MS = 60000;
// The first one of a server waits for LibreOffice to begin.
const PREVIEW_TIMEOUT_MS = 120000;
const FIRST_NAMES = 5;
const HEADERS = { "Content-Type": "application/json" };

const posted = (body) => ({ method: "POST", headers: HEADERS, body: JSON.stringify(body) });

function form(file, fields = {}) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append("file", file, file.name);
  return body;
}

async function dataAddress(blob) {
  const reader = new FileReader();
  const read = new Promise((resolve, reject) => {
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
  });
  reader.readAsDataURL(blob);
  return read;
}

export class DocumentsApi {
  constructor(deskBase) {
    this.base = deskBase;
  }

  templatePath(id, rest = "") {
    return `${this.base}/templates/${encodeURIComponent(id)}${rest}`;
  }

  sourcePath(id) {
    return `${this.base}/data-sources/${encodeURIComponent(id)}`;
  }

  picturePath(id, rest = "") {
    return `${this.base}/pictures/${encodeURIComponent(id)}${rest}`;
  }

  // Another picture under the same id is another address, so that nobody sees the one before.
  thumbnailAddress({ id, sha256 }) {
    return this.picturePath(id, `/thumbnail?of=${sha256.slice(0, 16)}`);
  }

  templates() {
    return call(`${this.base}/templates`, { cache: "no-store" });
  }

  sources() {
    return call(`${this.base}/data-sources`, { cache: "no-store" });
  }

  pictures() {
    return call(`${this.base}/pictures`, { cache: "no-store" });
  }

  // With what was found in it: `{template, fields, loops, warnings}`.
  template(id) {
    return call(this.templatePath(id));
  }

  // With its columns: `{data_source, columns, warnings}`.
  source(id) {
    return call(this.sourcePath(id));
  }

  addTemplate(file) {
    const options = { method: "POST", body: form(file) };
    return call(`${this.base}/templates`, options, UPLOAD_TIMEOUT_MS);
  }

  // Another file by the same id: the next version, with all that is said of it.
  replaceTemplate(id, file) {
    return call(this.templatePath(id), { method: "PUT", body: form(file) }, UPLOAD_TIMEOUT_MS);
  }

  // Refused as `template_changed` where it is not the `version` any more that was read.
  describeTemplate(id, about) {
    return call(this.templatePath(id), { ...posted(about), method: "PUT" });
  }

  addSource(file, fields) {
    const options = { method: "POST", body: form(file, fields) };
    return call(`${this.base}/data-sources`, options, UPLOAD_TIMEOUT_MS);
  }

  // Under that id, or, where it is null, one that the server makes up.
  addPicture(file, id) {
    const options = { method: "POST", body: form(file, id === null ? {} : { id }) };
    return call(`${this.base}/pictures`, options, UPLOAD_TIMEOUT_MS);
  }

  deletePicture(id) {
    return call(this.picturePath(id), { method: "DELETE" });
  }

  deleteTemplate(id) {
    return call(this.templatePath(id), { method: "DELETE" });
  }

  deleteSource(id) {
    return call(this.sourcePath(id), { method: "DELETE" });
  }

  // Which columns of the table fill which fields: `{fields: [{key, required, column, how}], unused}`.
  match(id, source) {
    return call(this.templatePath(id, "/match"), posted({ data_source: source }));
  }

  // What a job of that spec would make: `{documents, rows, first: [{row, template, file}]}`.
  outline(spec) {
    const body = posted({ spec, limit: FIRST_NAMES });
    return call(`${this.base}/documents/outline`, body, OUTLINE_TIMEOUT_MS);
  }

  // The first page of one document as the address of a picture that the page itself holds: it is
  // made by a POST, and from elsewhere no picture is taken.
  async picture(spec, row, template) {
    const address = `${this.base}/documents/preview?as=png`;
    const response = await send(address, posted({ spec, row, template }), PREVIEW_TIMEOUT_MS);
    if (!response.ok) throw await readError(response);
    return dataAddress(await response.blob());
  }

  // How far a job is with each of its templates: `{templates: [{template, name, folder, total, ok,
  // failed, skipped}]}`.
  tally(jobId) {
    return call(`${this.base}/jobs/${encodeURIComponent(jobId)}/documents`);
  }

  archiveAddress(jobId, template) {
    const query = new URLSearchParams({ template });
    return `${this.base}/jobs/${encodeURIComponent(jobId)}/documents.zip?${query}`;
  }
}
