// Text from outside, as it is shown: what would turn a line around, hide in it or write over others
// is seen instead of done. Everything that becomes an element passes here (`html.js`); the title
// does by itself.

// Marks of direction, joiners out of place, blanks of no width, controls: they have no look.
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]|[\u200c\u200d](?![^\u0000-\u007f])|(?<![^\u0000-\u007f])[\u200c\u200d]|\p{Cs}/gu;
// No script stacks more marks on one letter.
const FLOOD = /(\p{M}{6})\p{M}+/gu;
const PLAIN = /^[\t\n -~]*$/;

const CONTROL_PICTURES = 0x2400;
const DELETE = 0x7f;

function picture(char) {
  const code = char.codePointAt(0);
  if (code < 0x20) return String.fromCodePoint(CONTROL_PICTURES + code);
  if (code === DELETE) return "\u2421";
  return `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]`;
}

// For JSON, and for programs that have it: the same texts, with nothing in them that is not seen.
export const escaped = (json) =>
  json.replace(HIDDEN, (found) =>
    Array.from({ length: found.length }, (_, at) => escape16(found.charCodeAt(at))).join(""),
  );
const escape16 = (unit) => `\\u${unit.toString(16).padStart(4, "0")}`;

export function visible(text) {
  if (PLAIN.test(text)) return text;
  return text.replace(HIDDEN, picture).replace(FLOOD, "$1");
}

// The same where a line's end would end the row that it is shown in.
export const visibleLine = (text) =>
  visible(text).replace(/[\t\n]/g, (char) => picture(char));
