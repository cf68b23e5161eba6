// Builds the page: everything is made here, in order, and handed down.
import { h, render } from "../vendor/preact.js";
import { effect } from "../vendor/signals.js";
import { Actions } from "./actions.js";
import { startAnnouncing } from "./announce.js";
import { Api } from "./api.js";
import { App } from "./components/app.js";
import { Desk } from "./desk.js";
import { Feed } from "./feed.js";
import { JourneyBook } from "./journey-book.js";
import { startClock } from "./now.js";
import { Notices } from "./notices.js";
import { PageContext } from "./page.js";
import { Route } from "./route.js";
import { startTitle } from "./title.js";
import { View } from "./view.js";
import { language } from "./words.js";

function build() {
  const route = new Route();
  const api = new Api(route.desk);
  const desk = new Desk();
  const notices = new Notices();
  const actions = new Actions(api, desk, notices, route);
  const feed = new Feed(api, desk);
  const journeys = new JourneyBook(api);
  return { route, api, desk, notices, actions, feed, journeys, view: new View(desk) };
}

const page = build();
effect(() => {
  document.documentElement.lang = language.value === "zh" ? "zh-CN" : language.value;
});
window.addEventListener("beforeunload", (event) => {
  if (page.journeys.dirty.peek()) event.preventDefault();
});
startClock();
startTitle(page.desk, page.route);
startAnnouncing(page.desk, page.notices);
page.feed.start();
render(h(PageContext.Provider, { value: page }, h(App)), document.getElementById("app"));
