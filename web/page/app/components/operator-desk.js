// What can be done for one desk: tokens, a plan, another address; and who did what there.
import { useMemo, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { fullTime, has, number, t } from "../words.js";
import { CopyButton } from "./parts.js";

const SHORT = 8;
const AUDIT_SHOWN = 30;

// Does what a form asks, once at a time, and says how it went.
function useDeed(work) {
  const [said, setSaid] = useState(null);
  const [busy, setBusy] = useState(false);
  const deed = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    setBusy(true);
    try {
      setSaid({ good: await work(form) });
      form.reset();
    } catch (error) {
      if (!error.code) throw error;
      setSaid({ wrong: error.code === "unreachable" ? t("error.unreachable") : error.message });
    }
    setBusy(false);
  };
  return { said, busy, deed };
}

const Said = ({ said }) =>
  said &&
  html`<p role="status" class=${said.wrong ? "wrong" : "good"}><bdi>${said.wrong ?? said.good}</bdi></p>`;

function Grant({ api, desk }) {
  const { said, busy, deed } = useDeed(async ({ elements }) => {
    const amount = Number(elements.amount.value);
    const { balance } = await api.grant(desk.key, amount, elements.note.value);
    return t("operator.grant.done", { n: amount, balance: number(balance) });
  });
  return html`<form onSubmit=${deed}>
    <h3>${t("operator.grant")}</h3>
    <p class="fields"><label>${t("operator.grant.amount")} <input name="amount" type="number" required
      min="1" max="1000000000000" step="1" /></label>
      <label>${t("operator.grant.note")} <input name="note" maxlength="200" /></label>
      <button class="button" disabled=${busy}>${t("operator.grant.go")}</button></p>
    <${Said} said=${said} /></form>`;
}

function Plan({ api, desk }) {
  const { said, busy, deed } = useDeed(async ({ elements }) => {
    const { plan } = await api.plan(desk.key, elements.plan.value.trim());
    return t("operator.plan.done", { plan });
  });
  return html`<form onSubmit=${deed}>
    <h3>${t("operator.plan")}</h3>
    <p class="fields"><label>${t("operator.plan.name")} <input name="plan" maxlength="100"
      placeholder=${desk.plan || t("operator.plan.default")} /></label>
      <button class="button" disabled=${busy}>${t("operator.plan.go")}</button></p>
    <${Said} said=${said} /></form>`;
}

// The new address is a key: it is shown to whoever asked for it, once.
function NewLink({ api, desk }) {
  const [address, setAddress] = useState(null);
  const { said, busy, deed } = useDeed(async () => {
    const { url } = await api.rotate(desk.key);
    setAddress(new URL(url, window.location.href).href);
    return t("operator.link.done");
  });
  return html`<form onSubmit=${deed}>
    <h3>${t("operator.link")}</h3>
    <p class="small">${t("operator.link.about")}</p>
    <p class="fields"><label class="check"><input type="checkbox" required /><span>${t("operator.link.sure")}</span></label>
      <button class="button danger" disabled=${busy}>${t("operator.link.go")}</button></p>
    <${Said} said=${said} />
    ${address && html`<p class="fields"><code class="address"><bdi>${address}</bdi></code>
      <${CopyButton} text=${address} /></p>`}</form>`;
}

function by(line) {
  if (line.means === "system" || !has(`audit.by.${line.means}`)) return t("audit.by.system");
  return t(`audit.by.${line.means}`, { who: line.who.slice(0, SHORT), from: line.from });
}

function Audit({ api, desk }) {
  const [asked, setAsked] = useState(false);
  const trail = useMemo(() => api.auditOf(desk.key), [desk.key]);
  const read = () => {
    setAsked(true);
    trail.read();
  };
  const lines = trail.lines.value;
  return html`<div class="trail">
    <h3>${t("operator.audit")}</h3>
    <p class="small">${t("operator.audit.about")}</p>
    <button type="button" class="button small-button" onClick=${read}>
      ${t(asked ? "operator.audit.again" : "operator.audit.go")}</button>
    ${trail.error.value && html`<p class="wrong" role="status"><bdi>${trail.error.value.message}</bdi></p>`}
    ${lines && html`<div class="log-box" role="group" tabindex="0" aria-label=${t("operator.audit")}><ol>${lines
      .slice(-AUDIT_SHOWN)
      .reverse()
      .map(
        (line, at) => html`<li key=${at}><time class="num small" datetime=${line.at}>${fullTime(line.at)}</time>
          <span>${t(`audit.what.${line.what}`)}${line.job_id && html` <code>${line.job_id.slice(0, SHORT)}</code>`}
            ${line.outcome !== "ok" && html` <span class="wrong"><bdi>${line.outcome}</bdi></span>`}</span>
          <span class="small">${by(line)}</span></li>`,
      )}</ol></div>`}</div>`;
}

export function DeskPanel({ api, desk }) {
  return html`<div class="desk-panel">
    <p class="fields"><code class="whole-key">${desk.key}</code> <${CopyButton} text=${desk.key} small=${true} /></p>
    ${desk.reason && html`<p class="wrong" lang="en"><bdi>${desk.reason}</bdi></p>`}
    ${
      desk.state === "parked"
        ? html`<p>${t("operator.parked.do")}</p>`
        : html`<div class="deeds"><${Grant} api=${api} desk=${desk} /><${Plan} api=${api} desk=${desk} />
            <${NewLink} api=${api} desk=${desk} /></div>`
    }
    <${Audit} api=${api} desk=${desk} /></div>`;
}
