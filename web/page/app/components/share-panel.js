// "Let others look": the links that there are, and a form for another. The address of a link is
// told once, in the answer that made it.
import { useEffect, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { explain } from "../notices.js";
import { usePage } from "../page.js";
import { SPANS, USUAL_SPAN, endShare, listShares, makeShare } from "../sharing.js";
import { moment, t } from "../words.js";
import { Code } from "./qr.js";
import { CopyButton, PageLink } from "./parts.js";

function useShares() {
  const { api } = usePage();
  const [state, setState] = useState({ shares: null, error: null });
  const read = () =>
    listShares(api).then(
      ({ shares }) => setState({ shares, error: null }),
      (error) => setState((before) => ({ ...before, error })),
    );
  useEffect(() => {
    read();
  }, []);
  return { ...state, read };
}

const nameOf = (jobs, id) => jobs.find((job) => job.id === id)?.name ?? t("share.job.gone");

function Entry({ share, onEnd }) {
  const { desk, route } = usePage();
  const what = share.job
    ? html`<${PageLink} href=${route.toJob(share.job)}><bdi>
      ${nameOf(desk.jobs.value, share.job)}</bdi><//>`
    : t("share.whole");
  const used = share.used_on ? t("share.used", { day: share.used_on }) : t("share.unused");
  return html`<li>
    <div><b><bdi>${share.name || t("share.unnamed")}</bdi></b>
      <p class="small">${what} · ${t(share.files ? "share.with" : "share.without")}</p>
      <p class="small">${t("share.until", { time: moment(share.expires_at) })} · ${used}</p></div>
    <button type="button" class="button" onClick=${() => onEnd(share)}
      aria-label=${t("share.end.label", { name: share.name || share.id })}>${t("share.end")}</button>
  </li>`;
}

// What has just been made: nobody is told of it again.
function Made({ made }) {
  return html`<div class="share-made" role="status">
    <p><b>${t("share.made")}</b> ${t("share.made.once")}</p>
    <div class="address"><code>${made.url}</code><${CopyButton} text=${made.url} /></div>
    <${Code} svg=${made.qr} label=${t("share.qr")} /></div>`;
}

function Choice({ id, label, value, onChoose, options }) {
  return html`<label for=${id}>${label}
    <select id=${id} value=${value} onChange=${(event) => onChoose(event.currentTarget.value)}>
      ${options.map(([key, text]) => html`<option key=${key} value=${key}>${text}</option>`)}
    </select></label>`;
}

function Form({ onMade }) {
  const { api, desk, view } = usePage();
  const [job, setJob] = useState(view.sharing.peek() ?? "");
  const [span, setSpan] = useState(USUAL_SPAN);
  const [name, setName] = useState("");
  const [files, setFiles] = useState(false);
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const jobs = desk.jobs.value.map((each) => [each.id, `${each.name} (${t(`kind.${each.kind}`)})`]);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    const ttl = Object.fromEntries(SPANS)[span];
    try {
      onMade(await makeShare(api, { name, job: job || null, files, ttl_s: ttl }));
      setName("");
      setError(null);
    } catch (refused) {
      if (!refused.code) throw refused;
      setError(explain(refused));
    }
    setBusy(false);
  };
  return html`<form class="share-form" aria-label=${t("share.new")} onSubmit=${submit}>
    <${Choice} id="share-job" label=${t("share.what")} value=${job} onChoose=${setJob}
      options=${[["", t("share.whole")], ...jobs]} />
    <${Choice} id="share-span" label=${t("share.span")} value=${span} onChoose=${setSpan}
      options=${SPANS.map(([key]) => [key, t(`share.span.${key}`)])} />
    <label for="share-name">${t("share.name")}
      <input id="share-name" maxlength="100" value=${name} placeholder=${t("share.name.hint")}
        onInput=${(event) => setName(event.currentTarget.value)} /></label>
    <label class="tick"><input type="checkbox" checked=${files}
      onChange=${(event) => setFiles(event.currentTarget.checked)} />
      <span>${t("share.files")}<small>${t("share.files.note")}</small></span></label>
    <p><button type="submit" class="button primary" disabled=${busy}>${t("share.make")}</button></p>
    ${error && html`<p class="tab-error" role="alert">${error.what} ${error.detail || error.todo}</p>`}
  </form>`;
}

export function SharePanel() {
  const { api, notices } = usePage();
  const { shares, error, read } = useShares();
  const [made, setMade] = useState(null);
  const onMade = (answer) => {
    setMade(answer);
    read();
  };
  const end = async (share) => {
    try {
      await endShare(api, share.id);
      if (made?.share.id === share.id) setMade(null);
    } catch (refused) {
      if (!refused.code) throw refused;
      if (refused.status !== 404) notices.error(refused, { subject: share.name, again: null });
    }
    read();
  };
  return html`<section class="share" aria-labelledby="share-title">
    <h2 id="share-title">${t("share.title")}</h2>
    <p>${t("share.about")}</p>
    <${Form} onMade=${onMade} />
    ${made && html`<${Made} made=${made} />`}
    ${error && html`<p class="tab-error" role="status">${t("share.unread")}</p>`}
    ${
      shares?.length > 0 &&
      html`<ul class="shares" aria-label=${t("share.list")}>${shares.map(
        (share) => html`<${Entry} key=${share.id} share=${share} onEnd=${end} />`,
      )}</ul>`
    }
  </section>`;
}
