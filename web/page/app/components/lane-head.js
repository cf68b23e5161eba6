// Above the jobs of a lane in the queue: what it is called, how many run and how many wait.
import { html } from "../html.js";
import { has, t } from "../words.js";

// A lane is called like the kind of jobs that run in it, where nobody named it otherwise.
const nameOf = (lane) => (has(`kind.${lane}`) ? t(`kind.${lane}`) : lane);

export function LaneHead({ lane, running, waiting }) {
  const said = [
    running > 0 && t("queue.running", { n: running }),
    waiting > 0 && t("queue.waiting", { n: waiting }),
  ];
  return html`<div class="lane-head" role="listitem"><h2><bdi>${nameOf(lane)}</bdi></h2>
    <span class="small num">${said.filter(Boolean).join(" · ")}</span></div>`;
}
