// The files that one task has made, each to be taken away; the whole as an archive stands above.
import { useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { useThrottled } from "../throttle.js";
import { visibleLine } from "../visible.js";
import { bytes, t } from "../words.js";
import { Fold } from "./fold.js";

const REFRESH_MS = 3000;
const SHOWN = 200;

function List({ job, dir }) {
  const { api } = usePage();
  const [files, setFiles] = useState(null);
  const folder = `${dir}/files/`;
  const read = () =>
    api.artifacts(job.id).then(
      ({ artifacts }) => setFiles(artifacts.filter(({ name }) => name.startsWith(folder))),
      (error) => {
        if (!error.code) throw error;
      },
    );
  useThrottled(read, job.counts.done, REFRESH_MS);
  if (files === null) return html`<p class="small" aria-busy="true">${t("list.loading")}</p>`;
  if (files.length === 0) return html`<p class="small">${t("agent.files.none")}</p>`;
  return html`<ul class="files">${files.slice(0, SHOWN).map(
    ({ name, size_bytes: size }) => html`<li key=${name}>
      <a href=${api.artifactAddress(job.id, name)} download><bdi>${visibleLine(
        name.slice(folder.length),
      )}</bdi></a> <span class="num">${bytes(size)}</span></li>`,
  )}</ul>
    ${files.length > SHOWN && html`<p class="small">${t("files.more", { n: files.length - SHOWN })}</p>`}`;
}

export const TaskFiles = ({ job, dir }) =>
  html`<${Fold} summary=${t("agent.files.made")}><${List} job=${job} dir=${dir} /><//>`;
