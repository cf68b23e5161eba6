// Builds the operator's page: a document of its own, which shares modules with the desk's.
import { h, render } from "../vendor/preact.js";
import { effect } from "../vendor/signals.js";
import { OperatorApp } from "./components/operator-app.js";
import { startClock } from "./now.js";
import { OperatorApi } from "./operator-api.js";
import { House } from "./operator-house.js";
import { language, learn, speakFirst, t } from "./words.js";

const api = new OperatorApi();
const house = new House(api);
learn({
  en: () => import("../i18n/en-operator.js"),
  zh: () => import("../i18n/zh-operator.js"),
});
learn({ en: () => import("../i18n/en-audit.js"), zh: () => import("../i18n/zh-audit.js") });
await speakFirst();
effect(() => {
  document.documentElement.lang = language.value === "zh" ? "zh-CN" : language.value;
  const wrong = house.alarms.value;
  document.title = wrong > 0 ? t("operator.tab.wrong", { n: wrong }) : t("operator.tab");
});
startClock();
house.start();
render(h(OperatorApp, { api, house }), document.getElementById("app"));
