// The steps of one journey as a list of sentences: opened, moved, copied, removed.
import { useLayoutEffect, useRef, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { keyed, moved } from "../journeys.js";
import { KINDS, fieldsOf, newStep, sentence } from "../steps.js";
import { usePage } from "../page.js";
import { t } from "../words.js";
import { IconButton } from "./parts.js";
import { StepFields } from "./step-fields.js";

export function sentenceOf(step) {
  const { key, values } = sentence(step);
  return t(key, values);
}

// What the server says of a step, `click Sign in`, with the kind of step in the page's words.
export function saidOf(label) {
  const [kind, ...rest] = String(label ?? "").split(" ");
  return kind in KINDS ? [t(`step.kind.${kind}`), ...rest].join(" ") : label;
}

// A path that opens no address itself begins by opening the journey's. That counts as a step
// wherever a run is told of, and so it does here.
export const stepsAhead = ({ steps }) => (steps.length > 0 && steps[0].step.do !== "goto" ? 1 : 0);

function FirstStep({ url }) {
  return html`<li class="step"><div class="step-head"><span class="num">1</span>
    <bdi class="step-first">${sentenceOf({ do: "goto", url })}</bdi></div></li>`;
}

// Of what is wrong with a step, what none of its fields can show.
const unplaced = (step, errors) => {
  const names = new Set(fieldsOf(step.do).map(({ name }) => name));
  return errors.filter(({ part }) => !names.has(part));
};

function StepRow({ entry, index, ahead, count, errors, open, fresh, act }) {
  const { key, step } = entry;
  const n = index + 1 + ahead;
  const say = sentenceOf(step);
  const onKey = (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!event.altKey || by === undefined) return;
    event.preventDefault();
    act.move(index, by, "say");
  };
  return html`<li class="step ${errors.length > 0 ? "is-wrong" : ""}" data-step=${key}
      onKeyDown=${onKey}>
    <div class="step-head"><span class="num">${n}</span>
      <button type="button" class="step-say" data-act="say" aria-expanded=${open} title=${say}
        onClick=${() => act.toggle(key)}><bdi>${say}</bdi></button>
      <${IconButton} icon="up" label=${t("step.up", { n })} data-act="up" disabled=${index === 0}
        onPress=${() => act.move(index, -1, "up")} />
      <${IconButton} icon="down" label=${t("step.down", { n })} data-act="down"
        disabled=${index === count - 1} onPress=${() => act.move(index, 1, "down")} />
      <${IconButton} icon="copy" label=${t("step.copy", { n })}
        onPress=${() => act.copy(index)} />
      <${IconButton} icon="remove" label=${t("step.remove", { n })}
        onPress=${() => act.remove(index)} /></div>
    ${unplaced(step, errors).map(
      ({ part, reason }) => html`<p class="wrong" key=${reason}>
        <bdi>${part ? `${part}: ` : ""}${reason}</bdi></p>`,
    )}
    ${
      open &&
      html`<${StepFields} stepKey=${key} step=${step} errors=${errors} fresh=${fresh}
        onStep=${(next) => act.set(index, next)} />`
    }</li>`;
}

// Focus that follows what was moved, once it is drawn in its new place.
function useFocus(box) {
  const wanted = useRef(null);
  useLayoutEffect(() => {
    if (wanted.current === null) return;
    const found = box.current.querySelector(wanted.current);
    wanted.current = null;
    const say = found?.closest("[data-step]")?.querySelector("[data-act=say]");
    (found?.disabled ? say : found)?.focus();
  });
  return (selector) => {
    wanted.current = selector;
  };
}

// Which steps are open, by their keys: those that the user opened, and every one that is wrong.
function useOpen(errors) {
  const [open, setOpen] = useState(new Set());
  const wrong = errors.map(({ step }) => step).filter(Boolean);
  useLayoutEffect(() => {
    if (wrong.length > 0) setOpen(new Set([...open, ...wrong]));
  }, [wrong.join()]);
  const toggle = (key) => {
    const others = [...open].filter((one) => one !== key);
    setOpen(new Set(open.has(key) ? others : [...others, key]));
  };
  return { open, toggle, openOnly: (key) => setOpen(new Set([key])) };
}

function useSteps({ draft, errors, onSteps, box }) {
  const { notices } = usePage();
  const { open, toggle, openOnly } = useOpen(errors);
  const [fresh, setFresh] = useState(null); // the one that was just added
  const focus = useFocus(box);
  const { steps } = draft;
  const add = (at, step) => {
    const entry = keyed(step);
    openOnly(entry.key);
    setFresh(entry.key);
    onSteps(steps.toSpliced(at, 0, entry));
  };
  const openAt = steps.findLastIndex(({ key }) => open.has(key));
  const act = {
    toggle,
    set: (index, step) => onSteps(steps.with(index, { ...steps[index], step })),
    copy: (index) => add(index + 1, steps[index].step),
    append: (kind) => add(openAt < 0 ? steps.length : openAt + 1, newStep(kind)),
    remove: (index) => {
      const next = steps[index + 1] ?? steps[index - 1];
      focus(next ? `[data-step="${next.key}"] [data-act=say]` : ".step-kinds button");
      onSteps(steps.toSpliced(index, 1));
    },
    move: (index, by, from) => {
      const to = index + by;
      if (to < 0 || to >= steps.length) return;
      focus(`[data-step="${steps[index].key}"] [data-act=${from}]`);
      const next = moved(steps, index, to);
      const [before, after] = [{ steps }, { steps: next }].map(stepsAhead);
      notices.say(t("step.moved", { n: index + 1 + before, to: to + 1 + after }));
      onSteps(next);
    },
  };
  return { open, fresh, act };
}

export function StepList({ draft, errors, onSteps }) {
  const box = useRef(null);
  const { open, fresh, act } = useSteps({ draft, errors, onSteps, box });
  const of = (key) => errors.filter(({ step }) => step === key);
  const ahead = stepsAhead(draft);
  return html`<div ref=${box}>
    ${draft.steps.length === 0 && html`<p class="small">${t("steps.none")}</p>`}
    <ol class="steps">${ahead > 0 && html`<${FirstStep} url=${draft.url} />`}${draft.steps.map(
      (entry, index) => html`<${StepRow} key=${entry.key} entry=${entry} index=${index}
      ahead=${ahead} count=${draft.steps.length} errors=${of(entry.key)} act=${act}
      fresh=${fresh === entry.key} open=${open.has(entry.key)} />`,
    )}</ol>
    <div class="step-kinds" role="group" aria-label=${t("steps.add")}>
      <span class="small">${t("steps.add")}</span>
      ${Object.keys(KINDS).map(
        (kind) => html`<button type="button" class="button" key=${kind} data-kind=${kind}
        onClick=${() => act.append(kind)}>${t(`step.kind.${kind}`)}</button>`,
      )}</div></div>`;
}
