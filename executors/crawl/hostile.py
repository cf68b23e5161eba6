"""Reads what a site sent: bytes in, bytes out, in a helper of the worker that can be ended.

Everything here is a stranger's. What comes out is bounded here; time and memory are bounded by
whoever runs it (`actors.ports.Helpers`). Nothing of a page is ever executed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import isfinite
from urllib.parse import urljoin

import msgspec
from selectolax.lexbor import LexborHTMLParser, LexborNode

from executors.crawl.judging import Judge, facts_of
from executors.crawl.keys import key_of
from executors.crawl.records import read_images, read_works
from executors.crawl.sitemaps import read_sitemap
from executors.crawl.wire import (
    MAX_ANSWER_BYTES,
    MAX_TITLE_CHARS,
    Answer,
    ImagesTask,
    Link,
    PageAnswer,
    PageTask,
    RobotsTask,
    SitemapTask,
    Task,
    WorksTask,
)
from executors.page import Page
from executors.urls import parse_url

_KEYS_KEPT = 20_000
# What leads to other pages; and what shows pictures.
_LINKS = "a[href], area[href]"
_FRAMES = "frame[src], iframe[src]"
_IMAGES = "img, source[srcset], meta[property='og:image']"
# The address of a candidate in a set of images, and what stands before it.
_CANDIDATE = re.compile(r"[,\s]*([^,\s]\S*)")


def work(data: bytes) -> bytes:
    """A Task in msgpack -> an Answer in msgpack."""
    return msgspec.msgpack.encode(answer_of(msgspec.msgpack.decode(data, type=Task)))


def answer_of(task: Task) -> Answer:
    match task:
        case PageTask():
            return read_page(task)
        case SitemapTask():
            return read_sitemap(task, Judge(task.robots, task.origin))
        case RobotsTask():
            return facts_of(task)
        case WorksTask():
            return read_works(task)
        case ImagesTask():
            return read_images(task)


def read_page(task: PageTask) -> PageAnswer:
    tree = Page(task.body, task.content_type, cut=False).tree
    asks = _asks(tree)
    base = _base(tree, task.url)
    judge = Judge(task.robots, task.origin)
    title = tree.css_first("title")
    links: tuple[Link, ...] = ()
    more = False
    if "nofollow" not in asks:
        links, more = _bounded(_found(tree, base, task), judge, task)
    canonical = tree.css_first("link[rel='canonical'][href]")
    return PageAnswer(
        title=None if title is None else " ".join(title.text().split())[:MAX_TITLE_CHARS] or None,
        canonical=None if canonical is None else _canonical(canonical, base, judge, task),
        links=links,
        more=more,
        no_follow="nofollow" in asks,
        no_index="noindex" in asks,
    )


def _asks(tree: LexborHTMLParser) -> set[str]:
    """What the page asks of robots, in lower case."""
    metas = (node.attributes.get("content") or "" for node in tree.css("meta[name='robots' i]"))
    words = {word.strip().lower() for content in metas for word in content.split(",")}
    return words | ({"nofollow", "noindex"} if "none" in words else set())


def _base(tree: LexborHTMLParser, url: str) -> str:
    node = tree.css_first("base[href]")
    if node is None:
        return url
    try:
        return urljoin(url, (node.attributes.get("href") or "").strip())
    except ValueError:
        return url


def _found(tree: LexborHTMLParser, base: str, task: PageTask) -> Iterator[tuple[str, bool]]:
    """(absolute address, whether it is shown as a picture), in the order of the page."""
    for node in tree.css(f"{_LINKS}, {_FRAMES}"):
        attributes = node.attributes
        if "nofollow" not in (attributes.get("rel") or "").lower().split():
            yield from _joined(base, attributes.get("href") or attributes.get("src"), False)
    if task.images:
        for node in tree.css(_IMAGES):
            yield from _joined(base, _picture(node), True)


def _picture(node: LexborNode) -> str | None:
    """The address of an image: the widest of its set, where it has one."""
    attributes = node.attributes
    widest, width = None, -1.0
    for url, size in _candidates(attributes.get("srcset") or ""):
        found = _size(size)
        if found > width:
            widest, width = url, found
    return widest or attributes.get("src") or attributes.get("content")


def _candidates(srcset: str) -> Iterator[tuple[str, str]]:
    """(address, size) of each, as HTML has it: an address ends with a space, and only the comma
    behind it ends a candidate. Those of image services are full of commas."""
    place = 0
    while (match := _CANDIDATE.match(srcset, place)) is not None:
        url, place = match.group(1), match.end()
        if url.endswith(","):
            yield url.rstrip(","), ""
            continue
        end = srcset.find(",", place)
        end = len(srcset) if end < 0 else end
        yield url, srcset[place:end]
        place = end + 1


def _size(text: str) -> float:
    try:
        size = float(text.strip().rstrip("wx"))
    except ValueError:
        return 0.0
    return size if isfinite(size) else 0.0


def _joined(base: str, href: str | None, image: bool) -> Iterator[tuple[str, bool]]:
    # What begins in another scheme leads to no page: javascript:, mailto:, data:.
    text = (href or "").strip()
    if not text or text.startswith("#"):
        return
    try:
        yield urljoin(base, text), image
    except ValueError:
        return


def _bounded(
    found: Iterable[tuple[str, bool]], judge: Judge, task: PageTask
) -> tuple[tuple[Link, ...], bool]:
    """The links that may be followed, each once; and whether there are more."""
    links: dict[str, Link] = {}
    left_bytes = MAX_ANSWER_BYTES
    for text, image in found:
        if (link := _link(text, judge, task.max_url_bytes, image=image)) is None:
            continue
        if link.key in links:
            continue
        left_bytes -= len(link.url) + len(link.key) + 16
        if len(links) >= task.max_links or left_bytes < 0:
            return tuple(links.values()), True
        links[link.key] = link
    return tuple(links.values()), False


def _link(text: str, judge: Judge, max_url_bytes: int, *, image: bool = False) -> Link | None:
    if len(text) > max_url_bytes:
        return None
    spelled = _spelled(text)
    if spelled is None or len(spelled[0]) > max_url_bytes:
        return None
    url, key, origin = spelled
    asked = judge.knows(origin)
    return Link(url, key, not asked or judge.allows(url), asked, image)


@lru_cache(_KEYS_KEPT)
def _spelled(text: str) -> tuple[str, str, str] | None:
    """The address, its key and its origin; None where it is none. The links of a site are much
    the same on all of its pages."""
    try:
        url = parse_url(text)
        return url.text, key_of(url.text), url.origin
    except ValueError:
        return None


def _canonical(node: LexborNode, base: str, judge: Judge, task: PageTask) -> Link | None:
    for text, _ in _joined(base, node.attributes.get("href"), False):
        return _link(text, judge, task.max_url_bytes)
    return None
