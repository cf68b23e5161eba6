// The steps of a journey: which kinds there are, which fields each has, and how a field's text
// becomes what the API takes. Pure; the editor and the outcome's view share it.

// kind -> its fields in the order of the form. `one_of`: one of them is needed.
const text = (name, more = {}) => ({ name, type: "text", ...more });
const flag = (name) => ({ name, type: "flag" });
const SELECTOR = text("selector", { mono: true });
const oneOf = (...fields) => fields.map((field) => ({ ...field, one_of: true }));

export const KINDS = {
  goto: [text("url", { mono: true, needed: true })],
  click: oneOf(SELECTOR, text("text")),
  fill: [
    text("selector", { mono: true, needed: true }),
    text("value", { hideable: true }),
    flag("secret"),
  ],
  press: [text("key", { needed: true, hints: ["Enter", "Tab", "Escape", "ArrowDown"] }), SELECTOR],
  wait_for: oneOf(SELECTOR, text("text"), text("url", { mono: true })),
  wait_ms: [{ name: "ms", type: "number", needed: true, min: 0, max: 600000 }],
  scroll: [text("to", { needed: true, hints: ["end", "top"], mono: true })],
  screenshot: [text("as"), flag("full_page")],
  extract: [
    text("as", { needed: true }),
    text("selector", { mono: true, needed: true }),
    { name: "what", type: "choice", choices: ["text", "table", "html", "links"] },
    text("attribute", { mono: true }),
    flag("all"),
  ],
  expect_text: [text("text", { needed: true }), SELECTOR],
};

// Every kind has these; a screenshot takes none of itself.
const COMMON = [{ name: "timeout_s", type: "number", min: 0 }];
export const fieldsOf = (kind) => [
  ...(KINDS[kind] ?? []),
  ...COMMON,
  ...(kind === "screenshot" ? [] : [flag("screenshot")]),
];

// What a new step of a kind begins with.
const BEGINNINGS = { wait_ms: { ms: 1000 }, scroll: { to: "end" }, press: { key: "Enter" } };
export const newStep = (kind) => ({ do: kind, ...BEGINNINGS[kind] });

// `to` of a scroll is pixels where it is a number.
function valueOf(field, said) {
  if (field.type === "number") return Number.isFinite(said) ? said : undefined;
  if (field.type === "flag") return said || undefined;
  if (said === "") return undefined;
  if (field.name === "to" && /^-?\d+$/.test(said)) return Number(said);
  return said;
}

// `step` with a field as it was typed; one that says nothing is left out. A secret that says
// nothing is the one that the server keeps.
export function withField(step, field, said) {
  const { [field.name]: _, ...rest } = step;
  const value = valueOf(field, said);
  const nothing = step.secret === true ? null : "";
  const empty = field.name === "value" && said === "" ? nothing : undefined;
  const kept = value ?? empty;
  return kept === undefined ? rest : { ...rest, [field.name]: kept };
}

// What of a step is said in its sentence, and which sentence: the first that fits.
const SUBJECTS = {
  goto: ["url"],
  click: ["text", "selector"],
  fill: ["selector"],
  press: ["key"],
  wait_for: ["text", "selector", "url"],
  wait_ms: ["ms"],
  scroll: ["to"],
  screenshot: ["as"],
  extract: ["as"],
  expect_text: ["text"],
};

// {key, values} for `t`: the sentence of a step, by the words table.
export function sentence(step) {
  const said = SUBJECTS[step.do];
  if (!said) return { key: "step.other", values: { what: String(step.do ?? "?") } };
  const name = said.find((one) => step[one] !== undefined && step[one] !== "");
  if (name === undefined) return { key: `step.${step.do}`, values: {} };
  const fixed = step.do === "scroll" && ["end", "top"].includes(step.to) ? step.to : name;
  return { key: `step.${step.do}.${fixed}`, values: { what: step[name] } };
}
