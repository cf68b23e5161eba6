// What agents are to do: the tasks, which model works and which one judges, and what it may cost.
import { useEffect, useState } from "../../vendor/hooks.js";
import { MOST_FILE_BYTES, endpointOf, lacksModel, readTasks } from "../agents.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { bytes, t } from "../words.js";
import { DropZone } from "./drop-zone.js";
import { WrongNote, wrongOf } from "./parts.js";
import { PromptsField } from "./prompts-field.js";
import { Folded, SpecField, SpecFields } from "./spec-field.js";

const BUDGETS = ["budget_usd", "budget_tokens", "task_budget_usd", "task_budget_tokens"];
const MORE = ["max_tokens", "concurrency"];

// What the operator has opened; null until it is known, `{failed: true}` where it cannot be.
function useOptions() {
  const { agents } = usePage();
  const [options, setOptions] = useState(null);
  useEffect(() => {
    agents.options().then(setOptions, (error) => {
      if (!error.code) throw error;
      setOptions({ failed: true, endpoints: [], commands: false });
    });
  }, [agents]);
  return options;
}

function wrongText({ message, place, name }) {
  if (message === "json" && place) return t("agent.file.json_at", place);
  return t(`agent.file.${message}`, { name });
}

// A task file is read here, and becomes the text: so it can be seen, and mended.
function TaskFile({ onText }) {
  const [tooLarge, setTooLarge] = useState(false);
  const take = async ([file]) => {
    setTooLarge(file.size > MOST_FILE_BYTES);
    if (file.size <= MOST_FILE_BYTES) onText(await file.text());
  };
  return html`<${DropZone} name="tasks_file" accept=".json,.txt,.md" label=${t("agent.file.choose")}
      note=${t("agent.file.note")} busy=${false} onFiles=${take} />
    ${
      tooLarge &&
      html`<p class="wrong" role="alert">${t("agent.file.too_large", {
        size: bytes(MOST_FILE_BYTES),
      })}</p>`
    }`;
}

function Prompts({ draft, change }) {
  const { tasks, wrong } = readTasks(draft.text);
  return html`<${PromptsField} name="prompts" text=${draft.text} prose
      count=${t("agent.count", { n: tasks.length })} label=${t("agent.prompts")}
      note=${t("agent.prompts.note")} onText=${(text) => change({ text })} />
    ${
      wrong && html`<p class="wrong" role="alert" id="agent-tasks-note"><bdi>${wrongText(wrong)}</bdi>
        </p>`
    }
    <${TaskFile} onText=${(text) => change({ text })} />`;
}

function EndpointField({ name, options, form }) {
  const id = `agent-${name.replace("_", "-")}`;
  const reason = form.reasons[name];
  const chosen = endpointOf(options, form.values[name])?.name ?? "";
  return html`<div class="field"><span><label for=${id}>${t(`spec.${name}`)}</label></span>
    <select name=${name} id=${id} value=${chosen} ...${wrongOf(`${id}-note`, reason)}
      onChange=${(event) => form.set(name, event.currentTarget.value)}>
      ${options.endpoints.map(
        (one) => html`<option key=${one.name} value=${one.name}>${one.name}</option>`,
      )}</select>
    <${WrongNote} id=${`${id}-note`} reason=${reason} /></div>`;
}

// One of the two that are called: where, which model, and the user's own key where none is known.
function Called({ prefix, options, form }) {
  const named = form.values[`${prefix}endpoint`] || (prefix ? form.values.endpoint : "");
  const endpoint = endpointOf(options, named);
  const model = `${prefix}model`;
  const needs = lacksModel(options, named, form.values[model]) && !prefix;
  const such = endpoint?.models[0] ?? (needs ? t("agent.model.such") : "");
  const fields = { ...form, values: { ...form.values, [`${prefix}endpoint`]: named } };
  return html`<div class="pair">
      ${options.endpoints.length > 1 && html`<${EndpointField} name=${`${prefix}endpoint`}
        options=${options} form=${fields} />`}
      <${SpecField} name=${model} form=${form} such=${such} hints=${endpoint?.models ?? []} />
      ${endpoint && !endpoint.has_key && html`<${SpecField} name=${`${prefix}api_key`}
        form=${form} />`}</div>`;
}

function Judge({ draft, change, options, form }) {
  const isWrong = ["judge_endpoint", "judge_model", "judge_api_key"].some(
    (name) => form.reasons[name],
  );
  const isOpen = draft.judge || isWrong;
  return html`<label class="check"><input type="checkbox" name="judge" checked=${isOpen}
      onChange=${(event) => change({ judge: event.currentTarget.checked })} />
      <span>${t("agent.judge")}<small>${t("agent.judge.note")}</small></span></label>
    ${isOpen && html`<div class="inset"><${Called} prefix="judge_" options=${options}
      form=${form} /></div>`}`;
}

function Nobody({ options }) {
  return html`<p class="job-error" role="status">
    ${t(options.failed ? "agent.unreachable" : "agent.no_endpoint")}</p>`;
}

export function AgentFields({ draft, change, form, earlier }) {
  const options = useOptions();
  const known = options ?? { endpoints: [], commands: false };
  const isNobody = options !== null && options.endpoints.length === 0;
  const isCapped = Boolean(form.values.budget_usd || form.values.task_budget_usd);
  return html`${earlier ?? html`<${Prompts} draft=${draft} change=${change} />`}
    ${isNobody && html`<${Nobody} options=${options} />`}
    <${Called} prefix="" options=${known} form=${form} />
    <${Judge} draft=${draft} change=${change} options=${known} form=${form} />
    <div class="numbers"><${SpecFields} names=${["max_iterations", "time_limit_s"]} form=${form} />
      </div>
    <fieldset class="doc-part"><legend>${t("agent.budget")}</legend>
      <p class="small">${t("agent.budget.note")}${isCapped && ` ${t("agent.budget.price")}`}</p>
      <div class="numbers"><${SpecFields} names=${BUDGETS} form=${form} /></div></fieldset>
    ${known.commands && html`<${SpecField} name="commands" form=${form} />`}
    <${Folded} title=${t("form.more")} form=${form} figures=${MORE} />`;
}

