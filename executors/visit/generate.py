"""Finds a path for a journey that has none, and goes it: the site's own links, in reading order.

Each is opened, scrolled to its end and photographed. A link that cannot be opened, or that leads
away or to a page seen already, is left out; what remains is a path that can be edited and gone
again. Used by `executors.visit.run` as the route of a journey.
"""

from __future__ import annotations

from typing import Any

from playwright.async_api import Error

from executors.navigation import navigable
from executors.urls import parse_url
from executors.visit.journey import LAST_WORDS_S, Journey
from executors.visit.labels import cut
from executors.visit.links import MAX_LINKS, Link, choose_links, same_site, seen_as
from executors.visit.report import Failed
from executors.visit.steps import MAX_AS_CHARS
from executors.visit.words import reason_of

MAX_FOUND = 2_000
STEPS_A_LINK = 3

_LINKS = """most => [...document.querySelectorAll("a[href]")].slice(0, most).flatMap(link => {
  const box = link.getBoundingClientRect();
  const seen = link.checkVisibility ?
    link.checkVisibility({opacityProperty: true, visibilityProperty: true}) : true;
  const left = box.left + scrollX, top = box.top + scrollY;
  const there = seen && box.width > 1 && box.height > 1 && left + box.width > 0 &&
    top + box.height > 0;
  if (!there || link.hasAttribute("download") || link.closest("[aria-hidden=true]")) return [];
  const said = link.innerText.trim() || link.getAttribute("aria-label") || link.title ||
    (link.querySelector("img[alt]") || {}).alt || "";
  return [[link.href, said.slice(0, 200), left, top, box.height]];
})"""


async def generate(journey: Journey) -> None:
    """The route of a journey without a path. Raises Failed where its address cannot be opened, or
    its time is over."""
    report = journey.report
    opening = {"do": "goto", "url": journey.item.url}
    kept = [opening]
    # The most that it can be: what is known later brings the progress forward and never back.
    report.total = 1 + MAX_LINKS * STEPS_A_LINK
    await journey.step(opening)
    stops = [_stop(link) for link in await _choose(journey)]
    if not stops:
        stops = [[{"do": "scroll", "to": "end"}, {"do": "screenshot", "full_page": True}]]
    report.total = 1 + sum(map(len, stops))
    seen = seen_as([journey.page.url])
    for stop in stops:
        if await _visit(journey, stop, seen):
            kept += stop
        else:
            report.total -= len(stop)
    report.generated = kept
    journey.log("info", f"generated a path of {len(kept)} steps")


async def _choose(journey: Journey) -> list[Link]:
    try:
        found = await journey.within(
            journey.page.evaluate(_LINKS, MAX_FOUND), journey.options.timeout_s
        )
    except Error as error:
        reason = reason_of(error, {"do": "generate"}, LAST_WORDS_S)
        raise Failed(f"the links of the page cannot be read: {reason}") from None
    if navigable(journey.page.url) is not None:
        return []
    links = [link for each in found if (link := _link(each)) is not None]
    # An address that carries a secret of the job would be kept with the path.
    open_ones = [link for link in links if journey.scrub.text(link.url) == link.url]
    return choose_links(open_ones, journey.page.url, journey.options.max_url_bytes)


def _link(told: Any) -> Link | None:
    """What the page's script told, if it is what the script tells."""
    match told:
        case [str(url), str(text), (int() | float()) as left, (int() | float()) as top, height]:
            if isinstance(height, int | float):
                return Link(url, text, float(left), float(top), float(height))
    return None


def _stop(link: Link) -> list[dict[str, Any]]:
    """The steps of one link."""
    url = parse_url(link.url)
    said = cut("".join(c if c.isprintable() else " " for c in link.text), MAX_AS_CHARS)
    name = said or cut(url.target.strip("/") or url.host, MAX_AS_CHARS)
    return [
        {"do": "goto", "url": url.text},
        {"do": "scroll", "to": "end"},
        {"do": "screenshot", "as": name, "full_page": True},
    ]


async def _visit(
    journey: Journey, stop: list[dict[str, Any]], seen: set[tuple[str, int | None, str]]
) -> bool:
    """Whether it belongs into the path."""
    first, *others = stop
    if first["do"] == "goto":
        if not await _opened(journey, first, seen):
            return False
    else:
        others = stop
    for step in others:
        await journey.step(step)
    return True


def _is_home(home: str, url: str) -> bool:
    """A page may have left for a blank one, which is of no site."""
    return navigable(url) is None and same_site(parse_url(home), parse_url(url))


async def _opened(
    journey: Journey, step: dict[str, Any], seen: set[tuple[str, int | None, str]]
) -> bool:
    try:
        await journey.step(step, last_shot=False)
    except Failed as failed:
        if journey.is_doomed:
            raise
        journey.log("warning", f"left out of the generated path: {failed.reason}")
        return False
    arrived_at = journey.page.url
    here = seen_as([arrived_at])
    away = not _is_home(journey.item.url, arrived_at)
    if away or here <= seen:
        why = "it leads to another site" if away else "it leads to a page seen already"
        journey.log("info", f"left out of the generated path: {step['url']}: {why}")
        journey.report.done -= 1
        return False
    seen |= here
    return True
