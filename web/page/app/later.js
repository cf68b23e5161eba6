// The words of all parts that come later, for `learn`: asked for with the first such part, and so no
// weight of the first view. Tables of a new area stand here, in both languages.
async function together(tables) {
  const parts = await Promise.all(tables);
  return { default: Object.assign({}, ...parts.map((part) => part.default)) };
}

export const LATER = {
  en: () =>
    together([
      import("../i18n/en-agents.js"),
      import("../i18n/en-audit.js"),
      import("../i18n/en-batch.js"),
      import("../i18n/en-charts.js"),
      import("../i18n/en-documents.js"),
      import("../i18n/en-forms.js"),
      import("../i18n/en-how.js"),
      import("../i18n/en-items.js"),
      import("../i18n/en-journeys.js"),
      import("../i18n/en-kinds.js"),
      import("../i18n/en-parts.js"),
      import("../i18n/en-pictures.js"),
      import("../i18n/en-proxies.js"),
      import("../i18n/en-share.js"),
    ]),
  zh: () =>
    together([
      import("../i18n/zh-agents.js"),
      import("../i18n/zh-audit.js"),
      import("../i18n/zh-batch.js"),
      import("../i18n/zh-charts.js"),
      import("../i18n/zh-documents.js"),
      import("../i18n/zh-forms.js"),
      import("../i18n/zh-how.js"),
      import("../i18n/zh-items.js"),
      import("../i18n/zh-journeys.js"),
      import("../i18n/zh-kinds.js"),
      import("../i18n/zh-parts.js"),
      import("../i18n/zh-pictures.js"),
      import("../i18n/zh-proxies.js"),
      import("../i18n/zh-share.js"),
    ]),
};
