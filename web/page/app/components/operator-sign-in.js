// The way in: the token is pasted. It goes into a header, and into no address.
import { useEffect, useRef, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { t } from "../words.js";

function wrongOf(error) {
  if (error.status === 404) return t("operator.enter.no_admin");
  if (error.status === 401) return t("operator.enter.refused");
  return t("error.unreachable");
}

export function SignIn({ api }) {
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const field = useRef(null);
  useEffect(() => field.current.focus(), []);
  const submit = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const token = form.elements.token.value.replace(/\s+/g, "");
    setBusy(true);
    try {
      await api.enter(token, { keep: form.elements.keep.checked });
    } catch (error) {
      if (!error.code) throw error;
      setWrong(wrongOf(error));
      setBusy(false);
      field.current.focus();
    }
  };
  return html`
    <form class="enter" onSubmit=${submit}>
      <h2>${t("operator.enter.title")}</h2>
      <p>${t("operator.enter.about")}</p>
      <p><code>nightdesk token NAME --admin --ttl 12h --data data</code></p>
      <label for="token">${t("operator.enter.token")}</label>
      <input id="token" name="token" type="password" required maxlength="8000" ref=${field}
        autocomplete="off" spellcheck=${false} aria-invalid=${wrong !== ""}
        aria-describedby=${wrong ? "token-wrong" : null} />
      ${wrong && html`<p class="wrong" id="token-wrong" role="alert">${wrong}</p>`}
      <label class="check"><input type="checkbox" name="keep" />
        <span>${t("operator.enter.keep")}</span></label>
      <p class="small">${t("operator.enter.note")}</p>
      <button class="button primary" disabled=${busy}>${t("operator.enter.go")}</button>
    </form>`;
}
