// The hosts that the job's user has slowed, each with the way to change that or to let it go; and a
// field for another.
import { useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { number, t } from "../words.js";
import { SlowForm } from "./cause-acts.js";

function paceText({ max_in_flight: most, delay_s: delay }) {
  const atOnce = most > 0 ? t("slow.said.at_once", { n: most }) : "";
  const apart = delay > 0 ? t("slow.said.delay", { s: number(delay) }) : "";
  return [atOnce, apart].filter(Boolean).join(" · ");
}

export function SlowedHosts({ job }) {
  const { route } = usePage();
  const [open, setOpen] = useState(null);
  const hosts = Object.entries(job.paces ?? {});
  if (hosts.length === 0) return null;
  return html`<section class="slowed"><h2>${t("slow.list")}</h2>
    <dl>${hosts.map(
      ([host, pace]) => html`<div class="fact" key=${host}><dt><bdi>${host}</bdi></dt>
        <dd>${paceText(pace)}</dd>
        ${
          !route.isShared &&
          html`<dd class="do"><button type="button" class="link" aria-expanded=${open === host}
            onClick=${() => setOpen(open === host ? null : host)}>${t("slow.change")}</button></dd>`
        }</div>
        ${open === host && html`<${SlowForm} job=${job} host=${host} done=${() => setOpen(null)} />`}`,
    )}</dl></section>`;
}
