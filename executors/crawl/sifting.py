"""Which of the addresses that an item has found become items of the job, and why others do not.

Decides without awaiting. One `Sifter` lives with a job in each worker; the job itself drops what it
knows already, so what is remembered here only spares it that. Used by `executors.crawl.run`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from actors.ports import FoundItem
from executors.crawl.items import Address, Image, Page, Sitemap, found, home_of
from executors.crawl.job import CrawlOptions
from executors.crawl.keys import key_of
from executors.crawl.scope import Scope
from executors.crawl.traps import Traps, path_reason
from executors.crawl.wire import Link
from executors.urls import Url, parse_url

MAX_HOPS = 10
# What is remembered of addresses that were met.
_KNOWN = 200_000

IMAGE_SUFFIXES = frozenset(
    [".avif", ".bmp", ".gif", ".ico", ".jpeg", ".jpg", ".png", ".svg", ".tif", ".tiff", ".webp"]
)
# Links to such files lead to no page.
_FILE_SUFFIXES = IMAGE_SUFFIXES | frozenset(
    [
        ".7z", ".apk", ".avi", ".bin", ".bz2", ".css", ".csv", ".deb", ".dmg", ".doc", ".docx",
        ".eot", ".epub", ".exe", ".flac", ".gz", ".ics", ".iso", ".jar", ".js", ".json", ".m4a",
        ".m4v", ".mkv", ".mov", ".mp3", ".mp4", ".mpeg", ".mpg", ".msi", ".odp", ".ods", ".odt",
        ".ogg", ".otf", ".pdf", ".pkg", ".ppt", ".pptx", ".ps", ".rar", ".rpm", ".rss", ".rtf",
        ".tar", ".tgz", ".ttf", ".wav", ".webm", ".wmv", ".woff", ".woff2", ".xls", ".xlsx", ".xz",
        ".zip",
    ]
)  # fmt: skip


class Sifted(Struct, frozen=True):
    """What becomes items, and how many addresses do not, by the reason."""

    items: list[FoundItem]
    left_out: dict[str, int]


class Sifter:
    """`sift` proposes; `sent` is told when the job has been told, and by which item."""

    def __init__(self, options: CrawlOptions) -> None:
        self._options = options
        self._scope = Scope(options.same_site, options.include, options.exclude)
        self._traps = Traps(options.max_queries, options.max_per_pattern)
        # By key: which item has told the job; None where none has. Written by `sift` and `sent`.
        self._known: dict[str, int | None] = {}

    def sift(self, index: int, step: Address, links: Iterable[Link], *, depth: int) -> Sifted:
        """Links of that item's answer; what they lead to is `depth` links away from its seed. An
        item that is done once more proposes all that it did before: the job may not have taken it,
        and that may be why."""
        items: list[FoundItem] = []
        left_out: Counter[str] = Counter()
        home = parse_url(home_of(step))
        for link in links:
            try:
                url = parse_url(link.url)
            except ValueError:
                continue
            if self._known.get(link.key) not in (None, index):
                continue
            made, reason = self._judged(step, home, url, link, depth)
            if made is not None:
                items.append(found(made, link.key, url.origin))
            elif reason:
                left_out[reason] += 1
        return Sifted(items, dict(left_out))

    def sitemaps(self, step: Sitemap, links: Iterable[Link]) -> Sifted:
        """Further sitemaps that one names: on its own host's site, or on the one that it is for."""
        items: list[FoundItem] = []
        left_out: Counter[str] = Counter()
        places = [parse_url(step.url), parse_url(home_of(step))]
        for link in links:
            try:
                url = parse_url(link.url)
            except ValueError:
                continue
            if not link.allowed:
                left_out["robots"] += 1
            elif not any(self._scope.near(url, place) for place in places):
                left_out["off_site"] += 1
            else:
                made = Sitemap(url=url.text, source=step.url, asked=link.asked, home=home_of(step))
                items.append(found(made, f"sitemap:{link.key}", url.origin))
        return Sifted(items, dict(left_out))

    def redirected(self, step: Address, target: str) -> tuple[FoundItem | None, str]:
        """Where a redirect leads, as an item; else why that is none."""
        url = parse_url(target)
        if step.hops >= MAX_HOPS:
            return None, f"more than {MAX_HOPS} redirects"
        # Where the user's own address leads is where the user wants to go.
        is_seed = isinstance(step, Page) and step.depth == 0
        near = isinstance(step, Image) or self._scope.near(url, parse_url(step.url))
        # What must be in an address (`include`) is said of pages.
        fits = self._scope.wanted if isinstance(step, Page) else self._scope.allowed
        if not is_seed and not (near and fits(url.text)):
            return None, "the redirect leads out of what the job is for"
        key = key_of(url.text)
        if key == key_of(step.url):
            # To itself, but for what a key leaves out: once more under a name of its own.
            key = f"hop:{step.hops + 1}:{key}"
        if isinstance(step, Sitemap):
            key = f"sitemap:{key}"
        made = replace(step, url=url.text, hops=step.hops + 1, asked=False)
        return found(made, key, url.origin), ""

    def canonical(self, step: Page, link: Link) -> FoundItem | None:
        """The address that a page calls its own, where it is another one of its site."""
        url, home = parse_url(link.url), parse_url(step.url)
        if link.key == key_of(step.url) or not link.allowed:
            return None
        if not self._scope.near(url, home) or not self._scope.wanted(url.text):
            return None
        if path_reason(url, self._options.max_path_depth) is not None:
            return None
        made = Page(url=url.text, depth=step.depth, source=step.url, asked=link.asked)
        return found(made, link.key, url.origin)

    def sent(self, index: int, items: Iterable[FoundItem]) -> None:
        """The job has been told of these by that item: it takes them, or has it done once more."""
        for item in items:
            if item.key in self._known or len(self._known) < _KNOWN:
                self._known[item.key] = index

    def _judged(
        self, step: Address, home: Url, url: Url, link: Link, depth: int
    ) -> tuple[Address | None, str]:
        """The item, or why there is none; no reason where it is of no interest to anybody."""
        suffix = PurePosixPath(url.target.partition("?")[0]).suffix.lower()
        image = link.image or (self._options.content == "images" and suffix in IMAGE_SUFFIXES)
        if image and self._options.content == "pages":
            return None, ""
        if not image and self._options.content != "all" and suffix in _FILE_SUFFIXES:
            return None, ""
        if not image and (reason := self._outside(home, url, depth)):
            return None, reason
        if not link.allowed:
            return None, "robots"
        if image and not self._scope.allowed(url.text):
            return None, "patterns"
        if (trap := self._trap(url, link.key)) is not None:
            return None, trap
        kind: type[Page] | type[Image] = Image if image else Page
        return kind(url=url.text, depth=depth, source=step.url, asked=link.asked), ""

    def _outside(self, home: Url, url: Url, depth: int) -> str | None:
        if not self._scope.near(url, home):
            return "off_site"
        if not self._scope.wanted(url.text):
            return "patterns"
        return "too_deep" if depth > self._options.depth else None

    def _trap(self, url: Url, key: str) -> str | None:
        """Counts an address once, however often it is met."""
        if key in self._known:
            return None
        if (reason := path_reason(url, self._options.max_path_depth)) is not None:
            return reason
        if (reason := self._traps.reason(url)) is not None:
            return reason
        if len(self._known) < _KNOWN:
            self._known[key] = None
        return None
