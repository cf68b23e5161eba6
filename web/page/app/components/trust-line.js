// The line at the foot: how far what is on the screen can be trusted. Connection, what of it is
// saved, its age where the connection is not live, the server's version, the language.
import { useEffect, useRef, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { Unreachable } from "../api.js";
import { POLL_MS } from "../feed.js";
import { now, onOurClock } from "../now.js";
import { usePage } from "../page.js";
import { LANGUAGES, ago, choose, clock, exactTime, fullTime, language, t } from "../words.js";
import { HelpButton } from "./help.js";

const JUST_NOW_MS = 2000;

function linkText({ mode, since }) {
  if (mode === "polling") return t("link.polling", { n: POLL_MS / 1000 });
  if (mode === "offline") return t("link.offline", { time: clock(since) });
  return t(`link.${mode}`);
}

function savedText(saved, { offline, readOnly }) {
  const at = onOurClock(saved.at);
  if (offline) return t("saved.at", { time: exactTime(at) });
  const since = { ago: ago(at, now.value) };
  if (readOnly) return t("saved.read_only", since);
  if (saved.failing) return t("saved.failing", since);
  return now.value - at < JUST_NOW_MS ? t("saved.now") : t("saved.ago", since);
}

// The durability receipt. Endings of items are shown before the desk's file counts them; so is what
// a command will most likely do.
function Receipt() {
  const { desk, feed } = usePage();
  const saved = desk.saved.value;
  if (saved === null) return null;
  if (desk.jobs.value.some((job) => job.foreseen))
    return html`<span class="num saved">${t("saved.saving")}</span>`;
  const offline = feed.link.value.mode === "offline";
  const readOnly = desk.flags.value.read_only;
  const n = saved.unsaved_items;
  return html`
    <span class="num saved ${saved.failing || readOnly ? "trouble" : ""}"
      title=${t("saved.title", { time: fullTime(onOurClock(saved.at)) })}>
      ${savedText(saved, { offline, readOnly })}${n > 0 && t("saved.not_yet", { n })}</span>`;
}

// When the server was last heard, where the connection does not say it. Offline, that is the time
// from which the data is.
function Freshness() {
  const { feed } = usePage();
  const heardAt = feed.heardAt.value;
  const { mode } = feed.link.value;
  if (heardAt === null || mode === "live") return null;
  if (mode === "offline")
    return html`<span class="num fresh">${t("data.from", { time: exactTime(heardAt) })}</span>`;
  const since = now.value - heardAt;
  const text =
    since < JUST_NOW_MS ? t("data.now") : t("data.updated", { ago: ago(heardAt, now.value) });
  return html`<span class="num fresh">${text}</span>`;
}

// The version is asked for again when the connection comes back: the server may be another one.
function useVersion(api, mode) {
  const [version, setVersion] = useState(null);
  const opened = useRef(null); // the version that this page is of
  const reachable = mode === "live" || mode === "polling";
  useEffect(() => {
    if (!reachable) return;
    api.health().then(
      (health) => {
        opened.current ??= health.version;
        setVersion(health.version);
      },
      () => setVersion(null),
    );
  }, [reachable]);
  return { version, isNewer: version !== null && version !== opened.current };
}

// The server is another one than this page came from.
const Newer = () => html`<button type="button" class="newer"
  onClick=${() => window.location.reload()}>${t("trust.newer")}</button>`;

function Languages() {
  const { notices } = usePage();
  const pick = async (code, subject) => {
    try {
      await choose(code);
    } catch (cause) {
      const again = () => pick(code, subject);
      notices.error(new Unreachable(cause), { subject, again });
    }
  };
  return html`<span class="languages" role="group" aria-label=${t("language")}>
    ${LANGUAGES.map(
      ([code, name]) => html`<button type="button" key=${code} lang=${code}
      aria-pressed=${language.value === code} onClick=${() => pick(code, name)}>${name}</button>`,
    )}</span>`;
}

export function TrustLine() {
  const { api, feed } = usePage();
  const link = feed.link.value;
  const { version, isNewer } = useVersion(api, link.mode);
  return html`
    <footer class="trust" aria-label=${t("trust.label")}>
      <span class="link ${link.mode}" data-link=${link.mode} role="status"><i class="dot"></i>${linkText(link)}
        </span>
      <${Receipt} />
      <${Freshness} />
      ${
        version &&
        html`<span class="version num"><span class="word">Nightdesk </span>${version}
        </span>`
      }
      ${isNewer && html`<${Newer} />`}
      <${Languages} />
      <${HelpButton} />
    </footer>`;
}
