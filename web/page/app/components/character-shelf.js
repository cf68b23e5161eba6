// The desk's characters: what somebody looks like in tags, ready to be put into a prompt.
import { useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { useAttempt } from "../uploading.js";
import { number, t } from "../words.js";
import { FormError } from "./form-error.js";
import { KeptEntry } from "./kept-entry.js";
import { CopyButton } from "./parts.js";

const FIELDS = { name: 100, description: 2000 };

function Tags({ tags, weights }) {
  return html`<ul class="tag-list">${tags.map(
    (tag) => html`<li key=${tag} class="tag"><bdi>${tag}</bdi>${
      weights[tag] !== undefined &&
      html` <span class="num">${number(Math.round(weights[tag] * 100) / 100)}</span>`
    }</li>`,
  )}</ul>`;
}

const tagsOf = (text) => text.split(/[,，\n]/).map((one) => one.trim()).filter(Boolean);

// A character is typed, or found in what jobs of tags have said of its pictures.
function Adding() {
  const { characters, workshop } = usePage();
  const { busy, error, attempt } = useAttempt();
  const [draft, setDraft] = useState({ name: "", tags: "", weights: {} });
  const extract = () =>
    attempt(async () => {
      const { tag_weights: weights } = await workshop.extract({});
      setDraft({ ...draft, tags: Object.keys(weights).join(", "), weights });
    });
  const add = (event) => {
    event.preventDefault();
    attempt(async () => {
      const tags = tagsOf(draft.tags);
      const known = tags.filter((tag) => tag in draft.weights);
      const weights = Object.fromEntries(known.map((tag) => [tag, draft.weights[tag]]));
      const about = { name: draft.name.trim(), tags, tag_weights: weights };
      characters.put((await workshop.addCharacter(about)).character);
      setDraft({ name: "", tags: "", weights: {} });
    });
  };
  const change = (name) => (event) => setDraft({ ...draft, [name]: event.currentTarget.value });
  const isWhole = draft.name.trim() !== "" && tagsOf(draft.tags).length > 0;
  return html`<details><summary>${t("characters.add")}</summary>
    <form class="folded" onSubmit=${add}>
      <label class="field"><span>${t("kept.name")}</span><input type="text" name="character_name"
        maxlength="100" value=${draft.name} onInput=${change("name")} /></label>
      <label class="field"><span>${t("characters.tags")}</span><textarea name="character_tags"
        class="prose" rows="3" spellcheck=${false} value=${draft.tags} onInput=${change("tags")}>
        </textarea><small>${t("characters.tags.note")}</small></label>
      <div class="buttons"><button type="submit" class="button" disabled=${busy || !isWhole}>
          ${t("library.save")}</button>
        <button type="button" class="button" disabled=${busy} onClick=${extract}>
          ${t("characters.extract")}</button></div>
      ${error && html`<${FormError} error=${error} find=${() => undefined} />`}</form></details>`;
}

export function CharacterShelf() {
  const { characters } = usePage();
  const known = characters.entries.value ?? [];
  return html`<section class="doc-part" aria-label=${t("characters.title")}>
    <h2>${t("characters.title")}</h2>
    ${known.length === 0 && html`<p class="small">${t("characters.none")}</p>`}
    <ul class="shelf">${known.map(
      (one) => html`<${KeptEntry} key=${one.id} kind="characters" shelf=${characters} entry=${one}
      fields=${FIELDS} line=${one.description}>
      ${({ tags, tag_weights: weights }) => html`<${Tags} tags=${tags} weights=${weights} />
        <div class="buttons"><${CopyButton} text=${tags.join(", ")} label=${t("characters.copy")} />
          </div>`}<//>`,
    )}</ul>
    <${Adding} /></section>`;
}
