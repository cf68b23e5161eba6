// Builds the page of the API: a document of its own, made from /openapi.json.
import { h, render } from "../vendor/preact.js";
import { effect, signal } from "../vendor/signals.js";
import { call } from "./api.js";
import { DocsApp } from "./components/docs-app.js";
import { Description } from "./docs-model.js";
import { language, learn, speakFirst } from "./words.js";

const book = signal(null); // a Description, or an error
const read = () => {
  book.value = null;
  call("/openapi.json").then(
    (document) => {
      book.value = new Description(document);
    },
    (error) => {
      book.value = error;
    },
  );
};

learn({ en: () => import("../i18n/en-docs.js"), zh: () => import("../i18n/zh-docs.js") });
read();
await speakFirst();
effect(() => {
  document.documentElement.lang = language.value === "zh" ? "zh-CN" : language.value;
});
render(h(DocsApp, { book, read }), document.getElementById("app"));
