"""What robots.txt says, by protego. Runs in a helper: its rules become patterns of a kind that can
take for ever, and then only the helper is lost.
"""

from __future__ import annotations

from functools import lru_cache

from protego import Protego

from executors.crawl.wire import MAX_SITEMAPS, Robots, RobotsAnswer, RobotsTask

_MAX_ADDRESS_CHARS = 8_192
_FILES_KEPT = 100


class Judge:
    """Asks the rules of one origin. Without them it knows nothing."""

    def __init__(self, robots: Robots | None, origin: str) -> None:
        self._rules = None if robots is None else _parsed(robots.text)
        self._agent = "" if robots is None else robots.agent
        self._origin = origin

    def knows(self, origin: str) -> bool:
        """Whether an address there can be asked about."""
        return self._rules is not None and origin == self._origin

    def allows(self, url: str) -> bool:
        return self._rules is None or bool(self._rules.can_fetch(url, self._agent))


def facts_of(task: RobotsTask) -> RobotsAnswer:
    """What is asked of a whole file."""
    rules, agent = _parsed(task.robots.text), task.robots.agent
    delay_s = rules.crawl_delay(agent)
    rate = rules.request_rate(agent)
    if rate is not None and rate.requests > 0:
        delay_s = max(delay_s or 0.0, rate.seconds / rate.requests)
    sitemaps = [text for text in rules.sitemaps if len(text) <= _MAX_ADDRESS_CHARS]
    return RobotsAnswer(
        allowed=tuple(bool(rules.can_fetch(url, agent)) for url in task.urls),
        delay_s=delay_s,
        sitemaps=tuple(sitemaps[:MAX_SITEMAPS]),
        has_rules=b"allow" in task.robots.text.lower(),
    )


@lru_cache(_FILES_KEPT)
def _parsed(text: bytes) -> Protego:
    return Protego.parse(text.decode("utf-8-sig", "replace"))
