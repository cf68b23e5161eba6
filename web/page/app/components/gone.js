// The address names no desk of ours (or none that we may see); there is a way on.
import { html } from "../html.js";
import { usePage } from "../page.js";
import { t } from "../words.js";

export function Gone() {
  const { feed, route } = usePage();
  const [title, text] = route.isShared
    ? ["shared.gone.title", "shared.gone.text"]
    : ["gone.title", "gone.text"];
  return html`
    <main class="gone">
      <h1>${t(title)}</h1>
      <p>${t(text)}</p>
      <p><a class="button primary" href="/">${t("gone.new")}</a></p>
      <p class="small">${feed.link.value.code}</p>
    </main>`;
}
