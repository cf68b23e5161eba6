// What the form of agents makes of its fields: pure functions between what is typed and the API's
// request. Used by `workshop.js`, which has the drafts of all kinds of one frame.

export const AGENT = "agent";

// A line of three dashes or more stands between prompts that have several lines each.
const BETWEEN = /^\s*-{3,}\s*$/m;
export const MOST_FILE_BYTES = 8 * 1024 * 1024;

export class TasksWrong extends Error {}

const isFile = (text) => /^[\ufeff\s]*[{[]/.test(text);

// Where in a text a reader of JSON has stopped, as a line and a column; null where it does not say.
function placeOf(text, message) {
  const at = /position (\d+)/.exec(message)?.[1];
  if (at === undefined) return null;
  const lines = text.slice(0, Number(at)).split("\n");
  return { line: lines.length, column: lines.at(-1).length + 1 };
}

function readFile(text) {
  const whole = text.replace(/^\ufeff/, "");
  let said;
  try {
    said = JSON.parse(whole);
  } catch (error) {
    throw Object.assign(new TasksWrong("json"), { place: placeOf(whole, error.message) });
  }
  const tasks = Array.isArray(said) ? said : said.tasks;
  if (!Array.isArray(tasks)) throw new TasksWrong("tasks");
  const other = Array.isArray(said) ? [] : Object.keys(said).filter((name) => name !== "tasks");
  if (other.length > 0) throw Object.assign(new TasksWrong("unknown"), { name: other[0] });
  return tasks;
}

// The tasks that a text has: a task file (`{"tasks": [...]}` or a list), prompts between lines of
// dashes, or else one a line. Throws TasksWrong; what is wrong with one task the server says.
export function tasksOf(text) {
  if (isFile(text)) return readFile(text);
  const parts = BETWEEN.test(text) ? text.split(new RegExp(BETWEEN, "gm")) : text.split(/\r?\n/);
  return parts.map((part) => part.trim()).filter(Boolean);
}

// Whether each line is a task, which is then found again by it.
export const isByLine = (text) => !isFile(text) && !BETWEEN.test(text);

// `{tasks, wrong}`: what can be read, or what is wrong with it.
export function readTasks(text) {
  try {
    return { tasks: tasksOf(text), wrong: null };
  } catch (error) {
    if (!(error instanceof TasksWrong)) throw error;
    return { tasks: [], wrong: error };
  }
}

const promptOf = (task) => (typeof task === "string" ? task : task?.first_prompt);

// What a job is called whose user has said nothing: as its first prompt begins.
export const nameOf = (text) => String(promptOf(readTasks(text).tasks[0]) ?? "").slice(0, 60);

// The fields that name the judge say nothing where the same model judges.
const OF_JUDGE = ["judge_endpoint", "judge_model", "judge_api_key"];

export function specOfAgents(spec, { judge }) {
  if (judge) return spec;
  return Object.fromEntries(Object.entries(spec).filter(([name]) => !OF_JUDGE.includes(name)));
}

// What a job would do by itself: the endpoint that it names, else the operator's first.
export const endpointOf = (options, name) =>
  options?.endpoints.find((one) => one.name === name) ?? options?.endpoints[0] ?? null;

// Whether the endpoint needs to be told which model, as it offers none.
export const lacksModel = (options, endpoint, model) =>
  (endpointOf(options, endpoint)?.models.length ?? 0) === 0 && model.trim() === "";
