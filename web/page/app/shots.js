// What the name of a screenshot says: `00002-007-failed.png` is of item 2 and its step 7. Pure.

const NAME = /^(\d{5})-(\d{3})(?:-(.*))?\.png$/;

// {name, item, step, label}, or null for what is no screenshot of ours.
export function shotOf(name) {
  const found = NAME.exec(name);
  if (found === null) return null;
  const [, item, step, label = ""] = found;
  return { name, item: Number(item), step: Number(step), label };
}
