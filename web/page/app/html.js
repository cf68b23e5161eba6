// `html` is htm bound to Preact's `h`: the page's only way to make elements, so text is always
// text.
import { h } from "../vendor/preact.js";
import htm from "../vendor/htm.js";

export const html = htm.bind(h);
