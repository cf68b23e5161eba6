// The address names no desk of ours (or none that we may see); there is a way on.
import { html } from "../html.js";
import { usePage } from "../page.js";
import { t } from "../words.js";

export function Gone() {
  const { feed, route } = usePage();
  const key = route.isShared ? "shared.gone" : "gone";
  return html`
    <main class="gone">
      <h1>${t(`${key}.title`)}</h1>
      <p>${t(`${key}.text`)}</p>
      <p><a class="button primary" href="/">${t("gone.new")}</a></p>
      <p class="small">${feed.link.value.code}</p>
    </main>`;
}
