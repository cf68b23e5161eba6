// `html` is htm bound to Preact's `h`: the page's only way to make elements, so text is always
// text, and what has no look of its own is seen.
import { h } from "../vendor/preact.js";
import htm from "../vendor/htm.js";
import { visible } from "./visible.js";

// Attributes that people read.
const READ = ["title", "aria-label", "placeholder"];

function shown(child) {
  if (typeof child === "string") return visible(child);
  return Array.isArray(child) ? child.map(shown) : child;
}

function readable(props) {
  const texts = READ.filter((name) => typeof props?.[name] === "string");
  if (texts.length === 0) return props;
  return { ...props, ...Object.fromEntries(texts.map((name) => [name, visible(props[name])])) };
}

// Components get what they are given: they make elements of it themselves.
function element(type, props, ...children) {
  if (typeof type !== "string") return h(type, props, ...children);
  return h(type, readable(props), ...children.map(shown));
}

export const html = htm.bind(element);
