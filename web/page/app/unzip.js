// The files of a ZIP archive, unpacked here one by one, so that each is uploaded and judged on its
// own. Reads what archivers write: no ZIP64, no passwords.
const END = 0x06054b50;
const ENTRY = 0x02014b50;
const END_BYTES = 22;
const MOST_COMMENT_BYTES = 65535;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const [LOCKED, IN_UTF8] = [0x1, 0x800];
const [STORED, DEFLATED] = [0, 8];

// `code` is a word of the page's: `zip_unreadable`, `zip_locked` or `file_too_large`.
export class NotUnpacked extends Error {
  constructor(code, cause) {
    super(code, { cause });
    this.code = code;
    this.details = {};
  }
}

const viewOf = async (blob) => new DataView(await blob.arrayBuffer());

// Where the directory is: the last record of the file says so.
async function directoryOf(file) {
  const tail = file.slice(Math.max(0, file.size - END_BYTES - MOST_COMMENT_BYTES));
  const view = await viewOf(tail);
  for (let at = view.byteLength - END_BYTES; at >= 0; at -= 1) {
    if (view.getUint32(at, true) !== END) continue;
    const [size, start] = [view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
    return viewOf(file.slice(start, start + size));
  }
  throw new NotUnpacked("zip_unreadable");
}

// Old archivers write names in the code page of their country, most often this one.
function nameOf(bytes, isUtf8) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder(isUtf8 ? "utf-8" : "gbk").decode(bytes);
  }
}

function entryAt(view, at) {
  const flags = view.getUint16(at + 8, true);
  const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((of) =>
    view.getUint16(at + of, true),
  );
  const name = new Uint8Array(view.buffer, view.byteOffset + at + ENTRY_BYTES, nameBytes);
  return {
    name: nameOf(name, (flags & IN_UTF8) !== 0),
    isLocked: (flags & LOCKED) !== 0,
    method: view.getUint16(at + 10, true),
    packedBytes: view.getUint32(at + 20, true),
    start: view.getUint32(at + 42, true),
    next: at + ENTRY_BYTES + nameBytes + extraBytes + commentBytes,
  };
}

// No more of it than it may have, whatever the archive says of its size.
async function readAtMost(stream, maxBytes) {
  const parts = [];
  let size = 0;
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return parts;
    size += value.byteLength;
    if (size > maxBytes) {
      await reader.cancel();
      throw new NotUnpacked("file_too_large");
    }
    parts.push(value);
  }
}

async function unpack(file, entry, maxBytes) {
  if (entry.isLocked) throw new NotUnpacked("zip_locked");
  if (![STORED, DEFLATED].includes(entry.method)) throw new NotUnpacked("zip_unreadable");
  const local = await viewOf(file.slice(entry.start, entry.start + LOCAL_BYTES));
  if (local.byteLength < LOCAL_BYTES) throw new NotUnpacked("zip_unreadable");
  const begin =
    entry.start + LOCAL_BYTES + local.getUint16(26, true) + local.getUint16(28, true);
  const packed = file.slice(begin, begin + entry.packedBytes).stream();
  const stream =
    entry.method === STORED ? packed : packed.pipeThrough(new DecompressionStream("deflate-raw"));
  try {
    return new File(await readAtMost(stream, maxBytes), entry.name.split("/").at(-1));
  } catch (error) {
    if (error instanceof NotUnpacked) throw error;
    throw new NotUnpacked("zip_unreadable", error);
  }
}

// What is in the archive, nothing of it unpacked yet: `[{name, read}]`. `read` answers a File, or
// throws NotUnpacked, as this does.
export async function entriesOf(file, maxBytes) {
  const view = await directoryOf(file);
  const found = [];
  for (let at = 0; at + ENTRY_BYTES <= view.byteLength; ) {
    if (view.getUint32(at, true) !== ENTRY) throw new NotUnpacked("zip_unreadable");
    const entry = entryAt(view, at);
    found.push({ name: entry.name, read: () => unpack(file, entry, maxBytes) });
    at = entry.next;
  }
  return found;
}
