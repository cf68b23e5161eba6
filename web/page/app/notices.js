// What must be told: things that went wrong, shown until dismissed, and quiet announcements for
// those who listen to the page. Commands and forms write here; `components/notices.js` shows it.
import { signal } from "../vendor/signals.js";
import { has, t } from "./words.js";

const SHOWN_AT_ONCE = 4;

// What the words of an error may name: its details, and of tokens what is missing.
function valuesOf({ code, details }) {
  if (code !== "insufficient_tokens") return details;
  return { ...details, missing: details.required - details.balance };
}

// What a file is refused by that is not what it was to be.
const UNREADABLE = ["invalid_request", "unsupported_media_type"];

// What happened, and what to do about it, for an error of the API (or no answer at all). `file` is
// what a file that was handed over was to be: why it is not that, the server says best.
export function explain(error, file = null) {
  if (file !== null && UNREADABLE.includes(error.code))
    return { what: t(`refused.${file}`), todo: error.message, detail: "", code: error.code };
  const key = `error.${error.code}`;
  if (has(key)) {
    const values = valuesOf(error);
    const [what, todo] = [t(key, values), t(`${key}.do`, values)];
    return { what, todo, detail: error.message, code: error.code };
  }
  return { what: error.message, todo: t("error.other.do"), detail: "", code: error.code };
}

export class Notices {
  #lastId = 0;

  constructor() {
    this.shown = signal([]);
    this.said = signal("");
  }

  // `subject` names what it happened to; `again`, where given, repeats the command safely.
  error(error, { subject, again = null }) {
    this.#lastId += 1;
    const notice = { id: this.#lastId, subject, error, again };
    this.shown.value = [...this.shown.value.slice(1 - SHOWN_AT_ONCE), notice];
  }

  dismiss(id) {
    this.shown.value = this.shown.value.filter((notice) => notice.id !== id);
  }

  say(text) {
    this.said.value = text;
  }
}
