// The job's own data: what it was asked for, when what happened, where the API has it.
import { html } from "../html.js";
import { usePage } from "../page.js";
import { fullTime, number, t } from "../words.js";
import { CopyButton } from "./parts.js";
import { SlowedHosts } from "./slowed-hosts.js";
import { SpecFacts } from "./spec-facts.js";

function Fact({ name, value, copy = null }) {
  if (value === null || value === undefined || value === "" || value === false) return null;
  return html`<div class="fact"><dt>${t(`set.${name}`)}</dt><dd><bdi>${value}</bdi></dd>
    ${
      copy &&
      html`<dd class="do"><${CopyButton} text=${copy}
        label=${t("copy.field", { name: t(`set.${name}`) })} small /></dd>`
    }</div>`;
}

export function SettingsTab({ job }) {
  const { api } = usePage();
  const address = `${window.location.origin}${api.jobPath(job.id)}`;
  const { counts } = job;
  return html`<dl>
    <${Fact} name="name" value=${job.name} />
    <${Fact} name="kind" value=${t(`kind.${job.kind}`)} />
    <${Fact} name="lane" value=${job.lane} />
    <${Fact} name="priority" value=${number(job.priority)} />
    <${Fact} name="items" value=${number(counts.total)} />
    <${Fact} name="outcomes" value=${t("bar.label", counts)} />
    <${Fact} name="created" value=${fullTime(job.created_at)} />
    <${Fact} name="started" value=${job.started_at && fullTime(job.started_at)} />
    <${Fact} name="ended" value=${job.ended_at && fullTime(job.ended_at)} />
    <${Fact} name="price" value=${job.price_tokens > 0 && number(job.price_tokens)} />
    <${Fact} name="spent" value=${job.spent_tokens > 0 && number(job.spent_tokens)} />
    <${Fact} name="error" value=${job.error} copy=${job.error} />
    <${Fact} name="id" value=${job.id} copy=${job.id} />
    <${Fact} name="api" value=${address} copy=${address} />
  </dl><${SlowedHosts} job=${job} /><${SpecFacts} key=${job.id} job=${job} />`;
}
