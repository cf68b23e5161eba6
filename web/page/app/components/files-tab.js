// What can be taken away: the outcomes in four formats, and what the job made.
import { useState } from "../../vendor/hooks.js";
import { AGENT } from "../agents.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { useThrottled } from "../throttle.js";
import { bytes, fullTime, t } from "../words.js";

const FORMATS = ["csv", "xlsx", "jsonl", "json"];
const REFRESH_MS = 3000;
const SHOWN = 500; // a job may make thousands

function useArtifacts(job) {
  const { api } = usePage();
  const [state, setState] = useState({ artifacts: null, error: null });
  const read = () =>
    api.artifacts(job.id).then(
      ({ artifacts }) => setState({ artifacts, error: null }),
      (error) => setState((before) => ({ ...before, error })),
    );
  useThrottled(read, job.counts.done, REFRESH_MS);
  return state;
}

// What the task in the folder `game` has made lies there in the archive, too.
const called = (job, name) => (job.kind === AGENT ? name.replace("/files/", "/") : name);

function Made({ job }) {
  const { api } = usePage();
  const { artifacts, error } = useArtifacts(job);
  if (error)
    return html`<p class="tab-error" role="status">${t("items.error")} <code>${error.code}</code>
      </p>`;
  if (artifacts === null) return null;
  if (artifacts.length === 0) return html`<p class="small">${t("files.none")}</p>`;
  const more = artifacts.length - SHOWN;
  return html`
    <a class="button" href=${api.jobPath(job.id, "/artifacts.zip")} download>${t("files.zip")}</a>
    <ul class="files">${artifacts.slice(0, SHOWN).map(
      ({ name, size_bytes: size, modified_at: at }) => html`
      <li key=${name}><a href=${api.artifactAddress(job.id, name)} download><bdi>${called(job, name)}
          </bdi></a>
        <span class="num">${bytes(size)}</span><time class="num" datetime=${at}>${fullTime(at)}
          </time></li>`,
    )}
    </ul>
    ${more > 0 && html`<p class="small">${t("files.more", { n: more })}</p>`}`;
}

export function FilesTab({ job }) {
  const { api, route, shared } = usePage();
  const isHidden = route.isShared && !shared.value?.files;
  const made = !isHidden && html`<h2>${t("files.made")}</h2><${Made} job=${job} />`;
  const isMaking = job.kind === "document";
  return html`
    ${isMaking && made}
    <h2>${t("files.results")}</h2>
    <p class="small">${t("files.results.note", { n: job.counts.done })}</p>
    <ul class="formats">${FORMATS.map(
      (format) => html`<li key=${format}>
      <a class="button" href=${api.exportAddress(job.id, format)} download>${format.toUpperCase()}
        </a>
      <small>${t(`files.${format}`)}</small></li>`,
    )}</ul>
    ${!isMaking && made}`;
}
