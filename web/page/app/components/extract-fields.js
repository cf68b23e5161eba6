// Values to take from each page that is fetched: a row for each, with its name and where it stands.
import { useRef } from "../../vendor/hooks.js";
import { MOST, WAYS, newRule } from "../extract.js";
import { html } from "../html.js";
import { t } from "../words.js";
import { IconButton } from "./parts.js";

const EXAMPLES = { css: "h1, .price", regex: "Price: ([0-9.]+)", json_path: "$.items[*].name" };

function Text({ rule, name, change, ...rest }) {
  return html`<input type="text" name=${`extract_${name}`} aria-label=${t(`extract.${name}`)}
    value=${rule[name]} spellcheck=${false} autocapitalize="off"
    onInput=${(event) => change({ [name]: event.currentTarget.value })} ...${rest} />`;
}

function Rule({ rule, change, remove }) {
  return html`<li class="extract-rule">
    <${Text} rule=${rule} name="as" change=${change} placeholder=${t("extract.as.hint")} />
    <select name="extract_way" aria-label=${t("extract.way")} value=${rule.way}
      onChange=${(event) => change({ way: event.currentTarget.value })}>
      ${WAYS.map((way) => html`<option key=${way} value=${way}>${t(`extract.way.${way}`)}</option>`)}
    </select>
    <${Text} rule=${rule} name="what" change=${change} class="mono" placeholder=${EXAMPLES[rule.way]} />
    ${
      rule.way === "css"
        ? html`<${Text} rule=${rule} name="attribute" change=${change}
          placeholder=${t("extract.attribute.hint")} />`
        : html`<span></span>`
    }
    <label class="check"><input type="checkbox" name="extract_all" checked=${rule.all}
      onChange=${(event) => change({ all: event.currentTarget.checked })} />${t("extract.all")}</label>
    <${IconButton} icon="remove" label=${t("extract.remove", { name: rule.as })} onPress=${remove} />
  </li>`;
}

// `onRules(rules)` is told the whole list anew.
export function ExtractFields({ rules, onRules }) {
  const lastKey = useRef(Math.max(0, ...rules.map(({ key }) => key)));
  const add = () => {
    lastKey.current += 1;
    onRules([...rules, newRule(lastKey.current)]);
  };
  const change = (key, part) =>
    onRules(rules.map((rule) => (rule.key === key ? { ...rule, ...part } : rule)));
  return html`<section class="extract">
    ${rules.length > 0 && html`<ul>${rules.map(
      (rule) => html`<${Rule} key=${rule.key} rule=${rule} change=${(part) => change(rule.key, part)}
      remove=${() => onRules(rules.filter(({ key }) => key !== rule.key))} />`,
    )}</ul>`}
    <p><button type="button" class="button" disabled=${rules.length >= MOST} onClick=${add}>
      ${t("extract.add")}</button></p></section>`;
}
