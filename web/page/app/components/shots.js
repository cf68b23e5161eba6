// Screenshots of a job: thumbnails in order, one at a time opened to the full width.
import { useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { atWork } from "../run.js";
import { shotOf } from "../shots.js";
import { useThrottled } from "../throttle.js";
import { t } from "../words.js";

const REFRESH_MS = 2000;

// All screenshots that the job has now, in the order of their items and steps.
export function useShots(job) {
  const { api } = usePage();
  const [shots, setShots] = useState([]);
  const read = () =>
    api.artifacts(job.id).then(
      ({ artifacts }) => setShots(artifacts.map(({ name }) => shotOf(name)).filter(Boolean)),
      (error) => {
        if (!error.code) throw error; // asked for again with the next change
      },
    );
  const steps = atWork(job).map(({ index, done }) => `${index}:${done}`);
  useThrottled(read, `${job.counts.done} ${job.status} ${steps}`, REFRESH_MS);
  return shots;
}

// The server names the last one of what failed so; other names are those of steps.
function labelOf({ step, label }) {
  if (label === "failed") return t("shot.named", { n: step, label: t("outcome.failed") });
  return label ? t("shot.named", { n: step, label }) : t("shot", { n: step });
}

// One picture; pressed, it takes the whole width, and pressed again it is small.
export function Shot({ job, shot }) {
  const { api } = usePage();
  const [large, setLarge] = useState(false);
  const said = labelOf(shot);
  const address = api.artifactAddress(job.id, shot.name);
  return html`<figure class="shot ${large ? "large" : ""}">
    <button type="button" aria-expanded=${large} title=${t(large ? "shot.less" : "shot.more")}
      onClick=${() => setLarge(!large)}>
      <img src=${address} alt=${said} loading="lazy" /></button>
    <figcaption><bdi>${said}</bdi>
      ${large && html`<a href=${address} download>${t("action.download")}</a>`}
    </figcaption></figure>`;
}

export function Shots({ job, shots }) {
  return html`<div class="shots">${shots.map(
    (shot) => html`<${Shot} key=${shot.name} job=${job} shot=${shot} />`,
  )}</div>`;
}
