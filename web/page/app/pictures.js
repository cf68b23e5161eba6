// Pictures on their way into the desk's library: files and what archives have of them, each called
// by its file's name, so that `ada.jpg` is `picture:ada` in a table.
import { entriesOf } from "./unzip.js";

export const PICTURE_KINDS = ".png,.jpg,.jpeg,.gif,.zip";
const PICTURE = /\.(png|jpe?g|gif)$/i;
const ARCHIVE = /\.zip$/i;
// As the server has it (executors.documents.limits): more is not worth sending.
const MAX_PICTURE_BYTES = 10 * 1024 * 1024;
const MOST_ID_CHARS = 60;

export const named = (id) => `picture:${id}`;

// What rows name each file by; null where nothing of its name can stand in an id, and the server
// makes one up.
export function idsOf(names) {
  const taken = new Set();
  return names.map((name) => {
    const stem = name
      .split("/")
      .at(-1)
      .replace(/\.[^.]*$/, "")
      .replace(/[^A-Za-z0-9_.-]+/g, "-")
      .replace(/^[-.]+|[-.]+$/g, "")
      .slice(0, MOST_ID_CHARS);
    let id = stem;
    for (let number = 2; taken.has(id); number += 1) id = `${stem}-${number}`;
    if (id !== "") taken.add(id);
    return id || null;
  });
}

// What a Mac packs beside each file has its suffix and is no picture.
const isPicture = ({ name }) => PICTURE.test(name) && !name.startsWith("__MACOSX/");

async function foundIn(file) {
  if (ARCHIVE.test(file.name))
    return (await entriesOf(file, MAX_PICTURE_BYTES)).filter(isPicture);
  return [{ name: file.name, read: async () => file }];
}

// Every picture of these files on its own: `add(file, id)` keeps one, `tell(done, of)` hears how
// far they are. Answers those that were refused: `[{name, error}]`.
export async function addAll(files, add, tell) {
  const refused = [];
  const attempt = async (name, work) => {
    try {
      return await work();
    } catch (error) {
      if (!error.code) throw error;
      refused.push({ name, error });
      return null;
    }
  };
  const found = [];
  for (const file of files)
    found.push(...((await attempt(file.name, () => foundIn(file))) ?? []));
  const ids = idsOf(found.map(({ name }) => name));
  for (const [at, { name, read }] of found.entries()) {
    tell(at, found.length);
    await attempt(name, async () => add(await read(), ids[at]));
  }
  return refused;
}
