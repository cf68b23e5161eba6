// A journey's steps as the JSON that the API takes, to read and to write.
import { useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { keyed, pathOf } from "../journeys.js";
import { t } from "../words.js";
import { CopyButton, WrongNote, wrongOf } from "./parts.js";

// A list of objects; anything else of it is the server's to judge.
function stepsIn(text) {
  try {
    const path = JSON.parse(text);
    const fits =
      Array.isArray(path) &&
      path.every((step) => typeof step === "object" && step !== null && !Array.isArray(step));
    return fits ? path.map(keyed) : null;
  } catch {
    return null; // while it is being typed it need not be JSON
  }
}

export function StepJson({ draft, onSteps }) {
  const [text, setText] = useState(() => JSON.stringify(pathOf(draft) ?? [], null, 2));
  const wrong = stepsIn(text) === null ? t("steps.json.wrong") : null;
  const type = (event) => {
    setText(event.currentTarget.value);
    const steps = stepsIn(event.currentTarget.value);
    if (steps !== null) onSteps(steps);
  };
  return html`<div class="field"><textarea name="path" rows="14" spellcheck=${false} value=${text}
      aria-label=${t("steps.json.label")} onInput=${type}
      ...${wrongOf("path-json-wrong", wrong)}></textarea>
    <${WrongNote} id="path-json-wrong" reason=${wrong} />
    <div class="buttons"><${CopyButton} text=${text} label=${t("copy.json")} /></div></div>`;
}
