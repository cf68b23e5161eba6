// Who is told when a job has ended: a list, what came of the newest try of each, and a form for one
// more, whose secret is shown once.
import { useMemo, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { useThrottled } from "../throttle.js";
import { EVENTS, USUAL, WebhooksView } from "../webhooks.js";
import { fullTime, t } from "../words.js";
import { FormError } from "./form-error.js";
import { CopyButton, PaneHead } from "./parts.js";

const REFRESH_MS = 1000;

function said({ waiting, last_at: at, last_error: error }) {
  const parts = [];
  if (at === null) parts.push(t("webhooks.untold"));
  else if (error === null) parts.push(t("webhooks.told", { time: fullTime(at) }));
  else parts.push(t("webhooks.failed", { time: fullTime(at), reason: error }));
  if (waiting > 0) parts.push(t("webhooks.waiting", { n: waiting }));
  return parts.join(" · ");
}

function Entry({ webhook, busy, view }) {
  const { id, url, events } = webhook;
  return html`<li>
    <code><bdi>${url}</bdi></code>
    <span>${events.map((event) => t(`webhooks.on.${event}`)).join(" · ")}</span>
    <span class="small ${webhook.last_error === null ? "" : "wrong"}" role="status">
      <bdi>${said(webhook)}</bdi></span>
    <div class="buttons">
      <button type="button" class="button" disabled=${busy} onClick=${() => view.test(id)}
        aria-label=${t("webhooks.test.of", { url })}>${t("webhooks.test")}</button>
      <button type="button" class="button" disabled=${busy} onClick=${() => view.remove(id)}
        aria-label=${t("webhooks.remove.of", { url })}>${t("webhooks.remove")}</button></div></li>`;
}

function Secret({ made }) {
  return html`<section class="secret-once" role="status">
    <p>${t("webhooks.secret")}</p>
    <p><code><bdi>${made.secret}</bdi></code></p>
    <div class="buttons"><${CopyButton} text=${made.secret} label=${t("webhooks.copy")} /></div>
  </section>`;
}

function Events({ chosen, onChoose }) {
  const flip = (event, on) =>
    onChoose(EVENTS.filter((one) => (one === event ? on : chosen.includes(one))));
  return html`<fieldset class="days"><legend>${t("webhooks.events")}</legend>${EVENTS.map(
    (event) => html`<label key=${event} class="day"><input type="checkbox" name="events"
      value=${event} checked=${chosen.includes(event)}
      onChange=${({ currentTarget }) => flip(event, currentTarget.checked)} />
      <span>${t(`webhooks.on.${event}`)}</span></label>`,
  )}</fieldset>`;
}

// What was typed is gone only once it is kept.
function useDraft(view) {
  const [url, setUrl] = useState("");
  const [events, setEvents] = useState(USUAL);
  const add = async () => {
    if (await view.add(url.trim(), events)) setUrl("");
  };
  const whole = url.trim() !== "" && events.length > 0;
  return { url, setUrl, events, setEvents, add, whole };
}

export function Webhooks() {
  const { api, desk } = usePage();
  const view = useMemo(() => new WebhooksView(api), [api]);
  const draft = useDraft(view);
  useThrottled(() => view.busy.peek() || view.read(), desk.heard.value, REFRESH_MS);
  const [list, made, trouble] = [view.list.value, view.made.value, view.trouble.value];
  const busy = view.busy.value || list === null;
  const onSubmit = (event) => {
    event.preventDefault();
    if (!busy && draft.whole) draft.add();
  };
  return html`
    <form class="new-job" onSubmit=${onSubmit} aria-label=${t("webhooks.title")}>
      <${PaneHead} title=${t("webhooks.title")} />
      <div class="pane-body">
        <p>${t("webhooks.about")}</p>
        ${list?.length === 0 && html`<p class="small">${t("webhooks.none")}</p>`}
        ${
          list?.length > 0 &&
          html`<ul class="webhooks">${list.map(
            (one) => html`<${Entry} key=${one.id} webhook=${one} busy=${busy} view=${view} />`,
          )}</ul>`
        }
        ${list?.some((one) => one.id === made?.id) && html`<${Secret} made=${made} />`}
        <label class="field"><span>${t("webhooks.url")}</span>
          <input name="url" type="url" spellcheck=${false} autocapitalize="off" autocomplete="off"
            placeholder="https://hooks.example/nightdesk" value=${draft.url}
            onInput=${(event) => draft.setUrl(event.currentTarget.value)} />
          <small>${t("webhooks.url.note")}</small></label>
        <${Events} chosen=${draft.events} onChoose=${draft.setEvents} />
        ${trouble && html`<${FormError} error=${trouble} find=${() => undefined} />`}
      </div>
      <footer class="pane-foot">
        <button type="submit" class="button primary" disabled=${busy || !draft.whole}>
          ${t("webhooks.add")}</button>
      </footer>
    </form>`;
}
