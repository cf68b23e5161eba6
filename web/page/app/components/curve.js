// A small line of how a number went, beside the number itself: it says nothing that is not said there.
import { html } from "../html.js";

const WIDTH = 120;
const HEIGHT = 20;

// The newest at the right end; where `places` is more than there are, the left is empty still.
function points(values, places) {
  const top = Math.max(...values, 1e-9);
  const step = WIDTH / Math.max(1, places - 1);
  const y = (value) => (HEIGHT - 1 - (value / top) * (HEIGHT - 2)).toFixed(1);
  const first = places - values.length;
  return values.map((value, at) => `${((first + at) * step).toFixed(1)},${y(value)}`).join(" ");
}

export const Curve = ({ values, places = values.length }) => html`<svg class="curve"
  viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
  ${values.length > 1 && html`<polyline points=${points(values, places)} fill="none"
    stroke="currentColor" stroke-width="1.5" vector-effect="non-scaling-stroke" />`}</svg>`;
