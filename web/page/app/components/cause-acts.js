// What can be done about failures of one cause, each with its button; a form where one has to say how.
import { useEffect, useMemo, useState } from "../../vendor/hooks.js";
import { newKey } from "../api.js";
import { actsFor, fieldFor, hostFor, keptHeaders, suggested, typed } from "../fixes.js";
import { html } from "../html.js";
import { paceHost, repeatSome } from "../items-api.js";
import { isOver } from "../job.js";
import { usePage } from "../page.js";
import { reasonIn } from "../reasons.js";
import { has, number, t } from "../words.js";
import { Icon } from "./icons.js";
import { PageLink } from "./parts.js";

// Runs an act: `{busy, error, run}`; what the server refuses is shown where it was asked.
export function useAct() {
  const [state, setState] = useState({ busy: false, error: null });
  const run = async (act) => {
    setState({ busy: true, error: null });
    try {
      const done = await act();
      setState({ busy: false, error: null });
      return done ?? true;
    } catch (error) {
      if (!error.code) throw error;
      setState({ busy: false, error });
      return null;
    }
  };
  return { ...state, run };
}

export function ActError({ error }) {
  if (!error) return null;
  const listed = error.details.errors ?? [];
  const known = has(`error.${error.code}`) ? t(`error.${error.code}`, error.details) : error.message;
  const said = listed.length > 0 ? listed.map(({ reason }) => reasonIn(reason)).join("; ") : known;
  return html`<p class="wrong" role="alert"><bdi>${said}</bdi> <code>${error.code}</code></p>`;
}

// Why nothing can be tried again yet: it stands once below all causes, and beside the button for all
// that match; `at` is which of the two, and every button refers to its own.
export const RetryLater = ({ at }) => html`<small id=${`later-${at}`}>${t("acts.retry.later")}</small>`;

// Tries again what `where` finds of what failed. Only a job that has ended begins anew.
export function RetryButton({ job, where, n, at, primary = false }) {
  const { actions } = usePage();
  const [busy, setBusy] = useState(false);
  const retry = async () => {
    setBusy(true);
    const { status, ...rest } = where;
    await actions.command(job, "retry", rest);
    setBusy(false);
  };
  const over = isOver(job);
  return html`<button type="button" class=${`button${primary ? " primary" : ""}`}
    disabled=${busy || !over || !n} title=${over ? null : t("acts.retry.later")}
    aria-describedby=${over ? null : `later-${at}`} onClick=${retry}>
    ${t("acts.retry", { n })}</button>`;
}

// Jobs keep a host's pace by the name that it is asked by: `münchen.example` has another.
function paceOf(job, host) {
  const asked = URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).host : host;
  return job.paces?.[host] ?? job.paces?.[asked];
}

// Slows the host, or changes how it is slowed; `done` closes the form.
export function SlowForm({ job, host, done }) {
  const { api, desk } = usePage();
  const now = paceOf(job, host);
  const [atOnce, setAtOnce] = useState(String(now?.max_in_flight || 1));
  const [delay, setDelay] = useState(String(now?.delay_s ?? 2));
  const act = useAct();
  const send = (pace) => async (event) => {
    event?.preventDefault();
    const answer = await act.run(() => paceHost(api, job.id, host, pace));
    if (answer === null) return;
    desk.applyJob(answer.job);
    done();
  };
  const pace = { max_in_flight: Number(atOnce), delay_s: Number(delay) };
  return html`<form class="act-form" onSubmit=${send(pace)}>
    <p><b>${t("slow.title")} <bdi>${host}</bdi></b></p>
    <label><span>${t("slow.at_once")}</span><input type="number" name="at_once" min="1" max="10000"
      required value=${atOnce} onInput=${(event) => setAtOnce(event.currentTarget.value)} /></label>
    <label><span>${t("slow.delay")}</span><input type="number" name="delay" min="0" max="3600"
      step="0.1" required value=${delay}
      onInput=${(event) => setDelay(event.currentTarget.value)} /></label>
    <p class="small">${t("slow.note")}</p>
    <div class="buttons"><button type="submit" class="button primary" disabled=${act.busy}>
        ${t("slow.do")}</button>
      ${
        now &&
        html`<button type="button" class="button" disabled=${act.busy} onClick=${send(null)}>
          ${t("slow.lift")}</button>`
      }
      <button type="button" class="button" onClick=${done}>${t("action.cancel")}</button></div>
    <${ActError} error=${act.error} /></form>`;
}

const useSpec = (job) => {
  const { api } = usePage();
  const [spec, setSpec] = useState(null);
  useEffect(() => {
    let gone = false;
    api.job(job.id).then(
      (answer) => !gone && setSpec(answer.spec),
      () => !gone && setSpec({}),
    );
    return () => {
      gone = true;
    };
  }, [job.id]);
  return spec;
};

function FieldInput({ field, text, setText, spec }) {
  const change = (event) => setText(event.currentTarget.value);
  const kept = field === "headers" ? keptHeaders(spec.headers) : [];
  if (field === "headers")
    return html`<label><span>${t(`fix.${field}`)}</span><textarea name="value" rows="4"
        spellcheck=${false} value=${text} onInput=${change}></textarea></label>
      ${kept.length > 0 && html`<p class="small">${t("fix.kept")} <bdi>${kept.join(", ")}</bdi></p>`}`;
  return html`<label><span>${t(`fix.${field}`)}</span><input type="number" name="value" min="0.1"
    step="any" required value=${text} onInput=${change} /></label>
    ${spec[field] !== null && spec[field] !== undefined && html`<p class="small">
      ${t("fix.now", { value: number(spec[field]) })}</p>`}`;
}

// Another job of just these items, with one field changed.
export function ChangeForm({ job, field, only, n, done }) {
  const { api, desk, route } = usePage();
  const spec = useSpec(job);
  const [text, setText] = useState(null);
  const [wrong, setWrong] = useState(null);
  // The same key asks for the same job: what is typed anew asks for another.
  const key = useMemo(newKey, [text]);
  const act = useAct();
  if (spec === null) return html`<p class="act-form" aria-busy="true">…</p>`;
  const shown = text ?? suggested(job, field, spec);
  const send = async (event) => {
    event.preventDefault();
    const read = typed(field, shown, spec);
    setWrong(read.wrong ?? null);
    if (read.wrong !== undefined) return;
    const body = { only, changes: { [field]: read.value } };
    const answer = await act.run(() => repeatSome(api, job.id, body, key));
    if (answer === null) return;
    desk.applyJob(answer.job);
    done();
    route.go(route.toJob(answer.job.id));
  };
  return html`<form class="act-form" onSubmit=${send}>
    <p><b>${t("fix.title", { n })}</b></p>
    <${FieldInput} field=${field} text=${shown} setText=${setText} spec=${spec} />
    ${wrong !== null && html`<p class="wrong" role="alert">${t("fix.wrong")} <bdi>${wrong}</bdi></p>`}
    <p class="small">${t("fix.note")}</p>
    <div class="buttons"><button type="submit" class="button primary" disabled=${act.busy}>
        ${t("fix.do", { n })}</button>
      <button type="button" class="button" onClick=${done}>${t("action.cancel")}</button></div>
    <${ActError} error=${act.error} /></form>`;
}

const ShowButton = ({ onShow }) => html`<button type="button" class="button" onClick=${onShow}>
  <${Icon} name="search" />${t("acts.show")}</button>`;

// The buttons of a cause, and the form that one of them has opened.
export function CauseActs({ job, cause, onShow }) {
  const { route } = usePage();
  const [open, setOpen] = useState(null);
  if (cause.filter === null || route.isShared)
    return cause.filter && html`<div class="buttons"><${ShowButton} onShow=${onShow} /></div>`;
  const done = () => setOpen(null);
  const host = hostFor(job, cause);
  const field = fieldFor(job, cause.advice);
  const toggle = (name) => () => setOpen(open === name ? null : name);
  const buttons = {
    retry: () => html`<${RetryButton} key="retry" job=${job} where=${cause.filter} n=${cause.n}
      at="causes" />`,
    slow: () => html`<button type="button" key="slow" class="button" aria-expanded=${open === "slow"}
      onClick=${toggle("slow")}>${t(paceOf(job, host) ? "acts.slowed" : "acts.slow")}</button>`,
    change: () => html`<button type="button" key="change" class="button" aria-expanded=${open === "change"}
      onClick=${toggle("change")}>${t(`acts.change.${field}`)}</button>`,
    costs: () => html`<${PageLink} key="costs" class="button" href=${route.toJob(job.id, "costs")}>
      ${t("tab.costs")}<//>`,
  };
  return html`<div class="buttons">
      ${actsFor(job, cause).map((act) => buttons[act]())}
      ${onShow && html`<${ShowButton} onShow=${onShow} />`}</div>
    ${open === "slow" && html`<${SlowForm} job=${job} host=${host} done=${done} />`}
    ${
      open === "change" &&
      html`<${ChangeForm} job=${job} field=${field} only=${cause.filter} n=${cause.n}
        done=${done} />`
    }`;
}
