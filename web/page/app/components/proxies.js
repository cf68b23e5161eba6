// The proxies that the desk's jobs may draw on: a list of them, one a line, how each fares, and a
// check of one, or of the address of a list, that adds what it finds.
import { useEffect, useState } from "../../vendor/hooks.js";
import { toText } from "../domains.js";
import { html } from "../html.js";
import { parseLines } from "../new-job.js";
import { usePage } from "../page.js";
import { reasonIn } from "../reasons.js";
import { fullTime, number, t } from "../words.js";
import { FormError } from "./form-error.js";
import { Icon } from "./icons.js";
import { PageLink } from "./parts.js";

// `pool` is null until the server has said what it is; `text` is what the form says instead.
function usePool() {
  const { api } = usePage();
  const [pool, setPool] = useState(null);
  const [text, setText] = useState("");
  const [trouble, setTrouble] = useState(null); // {error, find}
  const [state, setState] = useState("loading"); // loading | ready | busy | saved
  const [said, setSaid] = useState("");
  const show = (answer) => {
    setPool(answer);
    setText(toText(answer.proxies.map((one) => one.address)));
  };
  const attempt = async (work, find, done) => {
    setTrouble(null);
    setSaid("");
    setState("busy");
    try {
      await work();
      setState(done);
    } catch (error) {
      if (!error.code) throw error;
      setState("ready");
      setTrouble({ error, find });
    }
  };
  const nowhere = () => undefined;
  useEffect(() => {
    attempt(async () => show(await api.proxies()), nowhere, "ready");
  }, [api]);
  const change = (typed) => {
    setText(typed);
    setState("ready");
  };
  const save = () => {
    const lines = parseLines(text);
    const find = ({ index }) => lines[index];
    const work = async () => show(await api.setProxies(lines.map((one) => one.url)));
    return attempt(work, find, "saved");
  };
  const check = (address) =>
    attempt(
      async () => {
        const found = await api.checkProxy(address);
        if (found.valid) show(await api.proxies());
        setSaid(
          found.valid
            ? t("proxies.added", { n: number(found.count) })
            : t("proxies.useless", { reason: reasonIn(found.message) }),
        );
      },
      nowhere,
      "ready",
    );
  return { pool, text, trouble, state, said, change, save, check };
}

function Fares({ proxy }) {
  const { ok, failed, benched_until: bench } = proxy;
  const said = [t("proxies.fares", { ok: number(ok), failed: number(failed) })];
  if (bench) said.push(t("proxies.benched", { time: fullTime(bench) }));
  return html`<li><code><bdi>${proxy.address}</bdi></code>${" "}
    <span class="small">${said.join(" · ")}</span></li>`;
}

function Check({ ready, said, onCheck }) {
  const [address, setAddress] = useState("");
  return html`
    <label class="field"><span>${t("proxies.check")}</span>
      <input name="check" type="text" spellcheck=${false} autocapitalize="off" autocomplete="off"
        value=${address} onInput=${(event) => setAddress(event.currentTarget.value)} />
      <small>${t("proxies.check.note")}</small></label>
    <p><button type="button" class="button" disabled=${!ready || !address.trim()}
        onClick=${() => onCheck(address)}>${t("proxies.check.do")}</button>
      <span class="small" role="status"><bdi>${said}</bdi></span></p>`;
}

export function Proxies() {
  const { route } = usePage();
  const { pool, text, trouble, state, said, change, save, check } = usePool();
  const ready = pool !== null && state !== "busy";
  const more = pool?.server.count ?? 0;
  const onSubmit = (event) => {
    event.preventDefault();
    if (ready) save();
  };
  return html`
    <form class="new-job" onSubmit=${onSubmit} aria-label=${t("proxies.title")}>
      <header class="pane-head"><h1>${t("proxies.title")}</h1>
        <${PageLink} href=${route.home()} class="icon-button" aria-label=${t("close")}>
          <${Icon} name="close" /><//></header>
      <div class="pane-body">
        <p>${t("proxies.about")}</p>
        ${
          pool &&
          html`
        ${more > 0 && html`<p>${t("proxies.server", { n: number(more) })}</p>`}
        <label class="field"><span>${t("proxies.list")}</span>
          <textarea name="proxies" rows="7" spellcheck=${false} autocapitalize="off" value=${text}
            placeholder=${"192.0.2.7:8080\nsocks5://user:password@proxy.example:1080"}
            onInput=${(event) => change(event.currentTarget.value)}></textarea>
          <small>${t("proxies.list.note")}</small></label>
        ${
          pool.proxies.length > 0 &&
          html`<ul>${pool.proxies.map((one, at) => html`<${Fares} key=${at} proxy=${one} />`)}</ul>`
        }
        <${Check} ready=${ready} said=${said} onCheck=${check} />`
        }
        ${trouble && html`<${FormError} error=${trouble.error} find=${trouble.find} />`}
      </div>
      <footer class="pane-foot">
        <button type="submit" class="button primary" disabled=${!ready}>${t("proxies.save")}
          </button>
        <span class="small" role="status">${state === "saved" ? t("proxies.saved") : ""}</span>
      </footer>
    </form>`;
}
