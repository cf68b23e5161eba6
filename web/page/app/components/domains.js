// Which domains the desk's jobs may reach, and may not: two lists, a name a line.
import { useEffect, useState } from "../../vendor/hooks.js";
import { LISTS, byList, read, toText } from "../domains.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { t } from "../words.js";
import { FormError } from "./form-error.js";
import { Icon } from "./icons.js";
import { PageLink } from "./parts.js";

const EXAMPLES = {
  allow: "example.com\n*.example.org",
  deny: "ads.example.com\n192.0.2.0/24",
};

const textsOf = (lists) => byList((list) => toText(lists[list]));

// `texts` is null until the server has said what the lists are.
function useLists() {
  const { api } = usePage();
  const [texts, setTexts] = useState(null);
  const [trouble, setTrouble] = useState(null); // {error, find}
  const [state, setState] = useState("loading"); // loading | ready | saving | saved
  const attempt = async (request, find, done) => {
    setTrouble(null);
    try {
      setTexts(textsOf(await request()));
      setState(done);
    } catch (error) {
      if (!error.code) throw error;
      setState("ready");
      setTrouble({ error, find });
    }
  };
  useEffect(() => {
    attempt(() => api.egress(), () => undefined, "ready");
  }, [api]);
  const change = (list, text) => {
    setTexts({ ...texts, [list]: text });
    setState("ready");
  };
  const save = () => {
    const { document, find } = read(texts);
    setState("saving");
    return attempt(() => api.setEgress(document), find, "saved");
  };
  return { texts, trouble, state, change, save };
}

function Names({ list, text, onText }) {
  return html`
    <label class="field"><span>${t(`domains.${list}`)}</span>
      <textarea name=${list} rows="7" spellcheck=${false} autocapitalize="off" value=${text}
        placeholder=${EXAMPLES[list]}
        onInput=${(event) => onText(list, event.currentTarget.value)}></textarea>
      <small>${t(`domains.${list}.note`)}</small></label>`;
}

export function Domains() {
  const { route } = usePage();
  const { texts, trouble, state, change, save } = useLists();
  const ready = texts !== null && state !== "saving";
  const onSubmit = (event) => {
    event.preventDefault();
    if (ready) save();
  };
  return html`
    <form class="new-job" onSubmit=${onSubmit} aria-label=${t("domains.title")}>
      <header class="pane-head"><h1>${t("domains.title")}</h1>
        <${PageLink} href=${route.home()} class="icon-button" aria-label=${t("close")}>
          <${Icon} name="close" /><//></header>
      <div class="pane-body">
        <p>${t("domains.about")}</p>
        ${
          texts &&
          LISTS.map(
            (list) => html`<${Names} key=${list} list=${list} text=${texts[list]}
            onText=${change} />`,
          )
        }
        ${trouble && html`<${FormError} error=${trouble.error} find=${trouble.find} />`}
      </div>
      <footer class="pane-foot">
        <button type="submit" class="button primary" disabled=${!ready}>${t("domains.save")}
          </button>
        <span class="small" role="status">${state === "saved" ? t("domains.saved") : ""}</span>
      </footer>
    </form>`;
}
