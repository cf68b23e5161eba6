// Builds the page: everything is made here, in order, and handed down.
import { h, render } from "../vendor/preact.js";
import { effect, signal } from "../vendor/signals.js";
import { Actions } from "./actions.js";
import { AgentsApi } from "./agents-api.js";
import { startAnnouncing } from "./announce.js";
import { Api } from "./api.js";
import { App } from "./components/app.js";
import { Desk } from "./desk.js";
import { DocumentsApi } from "./documents-api.js";
import { Feed } from "./feed.js";
import { JourneyBook } from "./journey-book.js";
import { Kinds } from "./kinds.js";
import { Library } from "./library.js";
import { Notifier } from "./notify.js";
import { startClock } from "./now.js";
import { Notices } from "./notices.js";
import { PageContext } from "./page.js";
import { Route } from "./route.js";
import { sharedView } from "./sharing.js";
import { Shelf } from "./shelf.js";
import { TabWorker } from "./tab.js";
import { tabJobsAtWork } from "./tab-jobs.js";
import { TabPeers } from "./tab-peers.js";
import { TabWindows } from "./tab-windows.js";
import { startTitle } from "./title.js";
import { View } from "./view.js";
import { language, speakFirst } from "./words.js";
import { WorkshopApi } from "./workshop-api.js";

function build() {
  const route = new Route();
  const api = new Api(route.desk);
  const desk = new Desk();
  const notices = new Notices();
  const actions = new Actions(api, desk, notices, route);
  const feed = new Feed(api, desk);
  const journeys = new JourneyBook(api);
  const documents = new DocumentsApi(api.base);
  const library = new Library(documents);
  const tab = new TabWorker(api, route.desk, new TabWindows(), new TabPeers(route.desk));
  const notifier = new Notifier(route);
  const view = new View(desk, { isAsked: !route.isShared });
  const kinds = new Kinds(() => api.kinds());
  const made = { kinds, route, api, desk, notices, actions, feed, journeys, tab, notifier, view };
  made.shared = signal(null); // what a share link shows, where the page was opened by one
  const workshop = new WorkshopApi(api.base);
  const agents = new AgentsApi(api);
  return { ...made, documents, library, agents, workshop, ...shelvesOf(workshop) };
}

function shelvesOf(workshop) {
  const shelf = (kind, list) =>
    new Shelf({ list, remove: (id) => workshop.remove(kind, id) });
  return {
    presets: shelf("presets", () => workshop.all("presets")),
    characters: shelf("characters", () => workshop.all("characters")),
    models: shelf("models", () => workshop.models()),
  };
}

// Whoever may only look is told by whom and until when; where that is not known, the rest is.
function showShared({ api, shared }) {
  sharedView(api).then(
    (share) => {
      shared.value = share;
    },
    () => undefined,
  );
}

// What would be lost with this tab: changes that are not saved, a list that it is opening.
const isNeeded = ({ desk, journeys, tab }) =>
  journeys.dirty.peek() || (tab.isOn && tabJobsAtWork(desk.newest()).length > 0);

const page = build();
await speakFirst();
effect(() => {
  document.documentElement.lang = language.value === "zh" ? "zh-CN" : language.value;
});
window.addEventListener("beforeunload", (event) => {
  if (isNeeded(page)) event.preventDefault();
});
startClock();
startTitle(page);
startAnnouncing(page.desk, page.notices);
page.feed.start();
if (page.route.isShared) showShared(page);
else {
  page.tab.start();
  page.notifier.start(page.desk);
}
effect(() => {
  if (page.feed.link.value.mode === "gone") page.tab.switchOff();
});
render(h(PageContext.Provider, { value: page }, h(App)), document.getElementById("app"));
