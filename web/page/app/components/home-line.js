// Above the list, in one line: what runs, waits, is scheduled, and what needs somebody.
import { html } from "../html.js";
import { usePage } from "../page.js";
import { t } from "../words.js";

const PARTS = [
  ["running", (job) => job.status === "running"],
  ["waits", (job) => job.status === "queued" || job.status === "pending"],
  ["scheduled", (job) => job.status === "scheduled"],
];

export function HomeLine() {
  const { desk, view } = usePage();
  const jobs = desk.jobs.value;
  const needs = view.needs.value.size;
  const said = PARTS.map(([name, matches]) => [name, jobs.filter(matches).length]).filter(
    ([, n]) => n > 0,
  );
  const chosen = view.filter.value === "needs";
  const choose = () => {
    view.filter.value = chosen ? "all" : "needs";
  };
  // Until the desk has been heard nothing is known of it, and nothing said.
  if (!desk.loaded.value) return html`<p class="home-line num" />`;
  return html`<p class="home-line num">
    ${
      needs > 0 &&
      html`<button type="button" class="needs-chip" aria-pressed=${chosen} onClick=${choose}>
        ${t("home.needs", { n: needs })}</button>`
    }
    <span>${
      said.length === 0 && needs === 0
        ? t("home.quiet")
        : said.map(([name, n]) => t(`home.${name}`, { n })).join(" · ")
    }</span></p>`;
}
