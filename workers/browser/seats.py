"""Who gets a page, and in which browser: in order of arrival, `pages` at once over all browsers.

`choose` decides, without a clock or a browser. Used by `workers.browser.browsers`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from msgspec import Struct


class Load(Struct, frozen=True):
    """What a browser has: pages that are `open` and that are being closed (`closing`). It `takes`
    more: it is not to be replaced, and holds nobody who wants to be alone. It is `nearly_done`: it
    will be replaced after a few more."""

    open: int
    closing: int
    takes: bool
    nearly_done: bool = False


class Loaded(Protocol):
    @property
    def load(self) -> Load: ...


B = TypeVar("B", bound=Loaded)


def has_room(browsers: Iterable[Loaded], pages: int) -> bool:
    """Whether one more page may be open. Those being closed count for half: they do nothing but
    end, and must not gather."""
    loads = [browser.load for browser in browsers]
    open_pages = sum(load.open for load in loads)
    return open_pages < pages and open_pages + sum(load.closing for load in loads) < 2 * pages


def choose(browsers: Iterable[B], *, alone: bool) -> B | None:
    """The browser for one more page; None where another one is to be started for it.

    The fullest, so that one that is not needed empties.
    """
    fit = [each for each in browsers if each.load.takes and not (alone and _is_used(each.load))]
    return max(fit, key=lambda each: each.load.open, default=None)


def is_spare(browser: Loaded, browsers: Iterable[Loaded]) -> bool:
    """Whether it has nothing to do that another one could not. One that takes no more is on its
    way out already: to retire it again is to ask again."""
    others = (each for each in browsers if each is not browser)
    return browser.load.takes and not _is_used(browser.load) and has_future(others)


def has_future(browsers: Iterable[Loaded]) -> bool:
    """Whether one of them will serve for long. Where none will, the next is started beforehand."""
    loads = (browser.load for browser in browsers)
    return any(load.takes and not load.nearly_done for load in loads)


def _is_used(load: Load) -> bool:
    return load.open > 0 or load.closing > 0
