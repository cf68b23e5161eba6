"""Where a crawl may go: as near to its seeds as its job says, and by its patterns. Pure.

Used by `executors.crawl.sifting`, in a worker.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address

from publicsuffixlist import PublicSuffixList

from executors.crawl.patterns import Patterns
from executors.urls import Url

_NAMES_KEPT = 10_000


class Scope:
    """`nearness` is `host`, `site` or `any`."""

    def __init__(self, nearness: str, include: Sequence[str], exclude: Sequence[str]) -> None:
        self._nearness = nearness
        self._include = Patterns(include)
        self._exclude = Patterns(exclude)
        self._site_of = lru_cache(_NAMES_KEPT)(Sites().site_of)

    def near(self, url: Url, home: Url) -> bool:
        """Whether an address is of the site that it was found on, as the job counts sites."""
        if self._nearness == "any" or url.host == home.host:
            return True
        return self._nearness == "site" and self._site_of(url.host) == self._site_of(home.host)

    def wanted(self, text: str) -> bool:
        """Whether the patterns let an address be."""
        return self.allowed(text) and (not self._include or self._include.match(text))

    def allowed(self, text: str) -> bool:
        """Whether no pattern says that an address is not to be asked for."""
        return not self._exclude.match(text)


class Sites:
    """The registrable part of names, by the list of public suffixes that the library brings."""

    def __init__(self) -> None:
        self._suffixes = PublicSuffixList()

    def site_of(self, host: str) -> str:
        """`example.co.uk` of `www.example.co.uk`; an address, or a name that is a suffix itself, is
        its own."""
        try:
            ip_address(host)
        except ValueError:
            return self._suffixes.privatesuffix(host) or host
        return host
