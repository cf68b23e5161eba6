// How a browser is to open pages: the options that runs of journeys and new jobs share.
import { html } from "../html.js";
import { FLAGS, NUMBERS, TEXTS } from "../run.js";
import { t } from "../words.js";
import { Hints } from "./parts.js";

const HINTS = {
  locale: ["en-GB", "en-US", "zh-CN", "de-DE", "ja-JP"],
  timezone: ["UTC", "Asia/Shanghai", "Europe/London", "America/New_York"],
  proxy: ["http://user:password@host:8080", "socks5://host:1080"],
};

export function OptionFlag({ name, label = t(`run.${name}`), options, change }) {
  return html`<label class="check"><input type="checkbox" name=${name} checked=${options[name]}
    onChange=${(event) => change({ [name]: event.currentTarget.checked })} />
    ${label}</label>`;
}

function NumberField({ name, options, change }) {
  const typed = ({ currentTarget: { value, valueAsNumber } }) =>
    change({ [name]: value === "" ? "" : valueAsNumber });
  return html`<label class="field"><span>${t(`run.${name}`)}</span>
    <input type="number" name=${name} min="1" value=${options[name]} onInput=${typed} /></label>`;
}

function TextField({ name, options, change }) {
  const hidden = name === "password";
  const hints = HINTS[name] && `run-${name}-hints`;
  return html`<label class="field"><span>${t(`run.${name}`)}</span>
    <input type=${hidden ? "password" : "text"} name=${name} value=${options[name]} list=${hints}
      autocomplete=${hidden ? "new-password" : "off"} spellcheck=${false} autocapitalize="off"
      onInput=${(event) => change({ [name]: event.currentTarget.value })} />
    ${hints && html`<${Hints} id=${hints} hints=${HINTS[name]} />`}</label>`;
}

function Lines({ name, options, change, children }) {
  return html`<div class="field lines"><label class="field"><span>${t(`run.${name}`)}</span>
    <textarea name=${name} rows="3" spellcheck=${false} autocapitalize="off" autocomplete="off"
      value=${options[name]} placeholder=${t(`run.${name}.such`)}
      onInput=${(event) => change({ [name]: event.currentTarget.value })}></textarea>
    <small>${t(`run.${name}.note`)}</small></label>${children}</div>`;
}

// `change(part)` is told what has another value now.
export function BrowserOptions(fields) {
  return html`<div class="run-options">
    <div class="checks">${FLAGS.map(
      (name) => html`<${OptionFlag} key=${name} name=${name} ...${fields} />`,
    )}</div>
    <div class="numbers">
      ${NUMBERS.map((name) => html`<${NumberField} key=${name} name=${name} ...${fields} />`)}
      ${TEXTS.map((name) => html`<${TextField} key=${name} name=${name} ...${fields} />`)}
    </div>
    <${TextField} name="proxy" ...${fields} />
    <${Lines} name="headers" ...${fields} />
    <${Lines} name="cookies" ...${fields}>
      ${
        fields.options.cookies.trim() !== "" &&
        html`<${TextField} name="cookies_for" ...${fields} />`
      }<//></div>`;
}
