// Which language the page speaks first, and the tables of its words, each loaded when it is spoken.
// The shell starts this module ahead of the others, so that the words are on their way with them.
const TABLES = { en: () => import("../i18n/en.js"), zh: () => import("../i18n/zh.js") };

export const STORE_KEY = "nightdesk.language";
export const FALLBACK = "en";

// Storage is refused in some private windows; the browser's own preference serves then.
function stored() {
  try {
    return window.localStorage.getItem(STORE_KEY);
  } catch {
    return null;
  }
}

function preferred() {
  const wanted = [stored(), ...navigator.languages].filter(Boolean);
  const codes = wanted.map((tag) => tag.toLowerCase().split("-")[0]);
  return codes.find((code) => code in TABLES) ?? FALLBACK;
}

export const FIRST = preferred();

export const tableOf = async (code) => (await TABLES[code]()).default;

// Whoever wants the words asks again, and hears of what went wrong.
tableOf(FIRST).catch(() => null);
