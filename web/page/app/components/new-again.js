// A form that was opened from a job: which one, what has to be given again, and its items where they
// stay with the server.
import { html } from "../html.js";
import { usePage } from "../page.js";
import { number, t } from "../words.js";
import { PageLink } from "./parts.js";

export function OriginNote({ origin, secrets, onForget }) {
  const { route } = usePage();
  if (!origin) return null;
  return html`<section class="like-job" aria-label=${t("remade.title")}>
    <p><span>${t("remade.like")} </span><${PageLink} href=${route.toJob(origin.id)}>
      <bdi>${origin.name}</bdi><//>
      <button type="button" class="button" onClick=${onForget}>${t("remade.forget")}</button></p>
    ${
      secrets.length > 0 &&
      html`<p class="small">${t("remade.secrets")} ${secrets.map(
        (name, at) => html`${at > 0 && ", "}<code key=${name}><bdi>${name}</bdi></code>`,
      )}</p>`
    }</section>`;
}

// `earlier` is `{id, n}`: the job whose items these are, and how many.
export function EarlierItems({ earlier, onOthers }) {
  return html`<div class="field"><span>${t("remade.items")}</span>
    <div class="chosen-file"><span class="num">${t("remade.items.count", {
      n: earlier.n,
      count: number(earlier.n),
    })}</span>
      <button type="button" class="button" onClick=${onOthers}>${t("remade.items.others")}</button>
    </div><small>${t("remade.items.note")}</small></div>`;
}
