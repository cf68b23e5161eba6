"""What the robots.txt of each host says (RFC 9309), read once a job and worker.

4xx: there are no rules. 5xx, or no answer: nobody may come in until it can be read, so that is
tried again, and whoever waits for it is sent away meanwhile. Used by `executors.crawl.run`.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from contextlib import AsyncExitStack

import trio
from msgspec import Struct

from actors.ports import ItemContext
from executors.crawl.asking import Reader, Unread
from executors.crawl.requests import Asker, Got, NoAnswer
from executors.crawl.wire import Robots, RobotsAnswer, RobotsTask
from executors.urls import Url, parse_url

MAX_ROBOTS_BYTES = 512 * 1024
MAX_DELAY_S = 60.0
MAX_REDIRECTS = 5
# How long whoever came for nothing waits, one try after the other; then the rules are refused.
RETRY_AFTER_S = (2.0, 10.0, 60.0)
# How long that answer holds.
REFUSED_S = 600.0
_KEPT = 1_000

UNREADABLE = "disallowed while robots.txt cannot be read"
DISALLOWED = "disallowed by robots.txt"


class RobotsUnread(Exception):
    """There are no rules yet: come back in `wait_s`; None where that was tried often enough."""

    def __init__(self, reason: str, wait_s: float | None) -> None:
        super().__init__(f"{UNREADABLE} ({reason})")
        self.wait_s = wait_s


class Rules(Struct, frozen=True):
    """Of one origin. Without `robots` everything is allowed."""

    robots: Robots | None = None
    delay_s: float = 0.0
    sitemaps: tuple[str, ...] = ()


class _Place:
    """What is known of one origin. Written by the task that has its lock."""

    def __init__(self) -> None:
        self.lock = trio.Lock()
        self.rules: Rules | None = None
        self.failures = 0
        self.reason = ""
        # When to try again, on the Trio clock.
        self.retry_at = -math.inf


class RobotsBook:
    """The rules of all origins that one job has met; the least recently asked are forgotten."""

    def __init__(self, asker: Asker, reader: Reader, agent: str, *, obeyed: bool) -> None:
        self._asker = asker
        self._reader = reader
        self._agent = agent
        self._obeyed = obeyed
        # Written by `rules`.
        self._places: OrderedDict[str, _Place] = OrderedDict()

    async def rules(self, url: Url, context: ItemContext) -> Rules:
        """Raises RobotsUnread, and NoAnswer where a proxy is awaited."""
        if not self._obeyed:
            return Rules()
        place = self._places.setdefault(url.origin, _Place())
        self._places.move_to_end(url.origin)
        if len(self._places) > _KEPT:
            self._places.popitem(last=False)
        async with place.lock:
            if place.rules is None:
                await self._learn(place, url, context)
            if place.rules is None:
                raise AssertionError("learning ends with rules or raises")
            return place.rules

    async def allows(self, rules: Rules, url: str) -> bool:
        """Raises RobotsUnread where the helper makes nothing of the rules."""
        if rules.robots is None:
            return True
        try:
            return all((await self._facts(rules.robots, (url,))).allowed)
        except Unread as unread:
            raise RobotsUnread(str(unread), None) from unread

    async def _learn(self, place: _Place, url: Url, context: ItemContext) -> None:
        now = trio.current_time()
        if now < place.retry_at:
            raise RobotsUnread(place.reason, _left(place, now))
        async with AsyncExitStack() as held:
            try:
                got = await self._fetched(url, context, held)
                if got is not None and got.status < 300:
                    place.rules = await self._read(got)
                elif got is None or (400 <= got.status < 500 and got.status != 429):
                    place.rules = Rules()
                else:
                    reason = got.verdict.error or f"HTTP {got.status}"
                    self._fail(place, reason, got.verdict.retry_after_s or 0.0)
            except Unread as unread:
                # What the helper makes nothing of is not asked for by every item.
                self._fail(place, str(unread))
            except NoAnswer as none:
                if none.wait_s is not None or not none.verdict.retry:
                    # A proxy is awaited; or the host may not be asked at all, which stays so.
                    raise
                self._fail(place, none.verdict.error or "no answer")

    def _fail(self, place: _Place, reason: str, asked_s: float = 0.0) -> None:
        """`asked_s` is how long the host wants to be left alone. Raises RobotsUnread."""
        place.reason = reason
        given_up = place.failures >= len(RETRY_AFTER_S)
        wait_s = REFUSED_S if given_up else RETRY_AFTER_S[place.failures]
        wait_s = max(wait_s, min(asked_s, REFUSED_S))
        place.failures = 0 if given_up else place.failures + 1
        place.retry_at = trio.current_time() + wait_s
        raise RobotsUnread(reason, None if given_up else wait_s)

    async def _fetched(self, url: Url, context: ItemContext, held: AsyncExitStack) -> Got | None:
        """The file, wherever the host says that it is; None where that leads nowhere."""
        address = f"{url.scheme}://{url.authority}/robots.txt"
        for hops in range(MAX_REDIRECTS + 1):
            try:
                got = await self._asker.get(address, context, held, wanted=_wanted)
            except NoAnswer as none:
                stays = none.wait_s is None and not none.verdict.retry
                if stays and (hops or none.answered):
                    return None
                raise
            if got.leads_to is None:
                return got
            address = got.leads_to
        return None

    async def _read(self, got: Got) -> Rules:
        """Raises Unread."""
        # Of a rule that was cut in two, the first half would say something else.
        lines = got.body.splitlines(keepends=True)
        text = b"".join(lines[:-1] if got.truncated else lines)
        robots = Robots(text, self._agent)
        facts = await self._facts(robots, ())
        delay_s = facts.delay_s or 0.0
        if not 0.0 <= delay_s <= MAX_DELAY_S:
            # Also for what is no number.
            delay_s = MAX_DELAY_S if delay_s > MAX_DELAY_S else 0.0
        return Rules(robots if facts.has_rules else None, delay_s, facts.sitemaps)

    async def _facts(self, robots: Robots, urls: tuple[str, ...]) -> RobotsAnswer:
        """Raises Unread."""
        facts = await self._reader.ask(RobotsTask(robots, urls), RobotsAnswer)
        if len(facts.allowed) != len(urls):
            raise Unread("a broken answer")
        return facts


def sitemaps_of(rules: Rules, url: Url, max_url_bytes: int) -> list[tuple[Url, bool]]:
    """(sitemap, whether it is only looked for) of an origin."""
    named: list[tuple[Url, bool]] = []
    for text in rules.sitemaps:
        try:
            found = parse_url(text if "://" in text else f"{url.origin}/{text.lstrip('/')}")
        except ValueError:
            continue
        if len(found.text) <= max_url_bytes:
            named.append((found, False))
    return named or [(parse_url(f"{url.origin}/sitemap.xml"), True)]


def _left(place: _Place, now: float) -> float | None:
    """How long until the next try; None where there has been the last one for now."""
    return None if place.failures == 0 else place.retry_at - now


def _wanted(status: int, _media: str) -> int | None:
    return MAX_ROBOTS_BYTES if status < 300 else None
