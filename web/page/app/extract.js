// What the form of values to take from each page makes of its rows. Pure.

export const WAYS = ["css", "regex", "json_path"];
export const MOST = 50;

export const newRule = (key) => ({ key, as: "", way: "css", what: "", attribute: "", all: false });

// A row without a name and an expression is none yet.
const isRule = ({ as, what }) => as.trim() !== "" || what.trim() !== "";

export const extractOf = (rules) =>
  rules.filter(isRule).map(({ as, way, what, attribute, all }) => ({
    as: as.trim(),
    [way]: what,
    ...(way === "css" && attribute.trim() !== "" ? { attribute: attribute.trim() } : {}),
    ...(all ? { all: true } : {}),
  }));

// Rules as they were asked for, as rows.
export const rulesOf = (said) =>
  said.map((rule, at) => {
    const way = WAYS.find((one) => rule[one] !== undefined) ?? "css";
    const { as, attribute = "", all = false } = rule;
    return { key: at + 1, as, way, what: rule[way] ?? "", attribute, all };
  });
