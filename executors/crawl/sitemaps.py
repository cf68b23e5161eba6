"""Reads a sitemap (sitemaps.org 0.9): XML of pages or of further sitemaps, or a plain list; gzip.

Runs in a helper. Entities are not expanded, nothing is loaded, and what unpacks to too much is read
as far as that goes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from lxml import etree

from executors.crawl.judging import Judge
from executors.crawl.keys import key_of
from executors.crawl.wire import MAX_ANSWER_BYTES, Link, SitemapAnswer, SitemapTask
from executors.urls import parse_url

MAX_UNPACKED_BYTES = 16 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_KINDS = {"url": False, "sitemap": True}
_ENTRIES = ("item", "entry")


def read_sitemap(task: SitemapTask, judge: Judge) -> SitemapAnswer:
    """What it lists, as far as it can be read."""
    body, problem = _unpacked(task.body)
    pages: dict[str, Link] = {}
    sitemaps: dict[str, Link] = {}
    left_bytes = MAX_ANSWER_BYTES
    more = False
    try:
        for text, is_sitemap in _entries(body):
            if (link := _link(text, judge, task.max_url_bytes)) is None:
                continue
            left_bytes -= len(link.url) + len(link.key) + 16
            if left_bytes < 0 or len(pages) + len(sitemaps) >= task.max_links:
                more = True
                break
            (sitemaps if is_sitemap else pages).setdefault(link.key, link)
    except etree.XMLSyntaxError as error:
        problem = problem or f"it is not a sitemap ({str(error)[:200]})"
    return SitemapAnswer(tuple(pages.values()), tuple(sitemaps.values()), more, problem)


def _unpacked(body: bytes) -> tuple[bytes, str | None]:
    """The text of it, and why there is no more of it than that."""
    if not body.startswith(_GZIP):
        return body, None
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        text = unpacker.decompress(body, MAX_UNPACKED_BYTES)
    except zlib.error as error:
        return b"", f"it cannot be unpacked ({error})"
    if unpacker.unconsumed_tail:
        return text, f"it unpacks to more than {MAX_UNPACKED_BYTES} bytes; the rest is not read"
    return text, None


def _entries(body: bytes) -> Iterator[tuple[str, bool]]:
    """(address, whether it is a further sitemap). Raises XMLSyntaxError."""
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        yield from (
            (line.strip(), False) for line in body.decode("utf-8-sig", "replace").splitlines()
        )
        return
    # Feeds tell their pages in the `link` of an entry, in text or in an attribute. Elsewhere, as in
    # the head of a page that stands for "not found", it is something else.
    steps = etree.iterparse(
        BytesIO(body), events=("end",), resolve_entities=False, no_network=True,
        load_dtd=False, huge_tree=False, recover=True, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    for _, element in steps:
        name = _local(element.tag)
        if name == "loc":
            kind = _KINDS.get(_local(_parent_tag(element)))
            if kind is not None:
                yield (element.text or "").strip(), kind
        elif name == "link" and _local(_parent_tag(element)) in _ENTRIES:
            yield (element.get("href") or element.text or "").strip(), False
        if name in _KINDS or name in _ENTRIES:
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def _parent_tag(element: Any) -> object:
    parent = element.getparent()
    return None if parent is None else parent.tag


def _local(tag: object) -> str:
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _link(text: str, judge: Judge, max_url_bytes: int) -> Link | None:
    if not text or len(text) > max_url_bytes:
        return None
    try:
        url = parse_url(text)
        key = key_of(url.text)
    except ValueError:
        return None
    asked = judge.knows(url.origin)
    return Link(url.text, key, not asked or judge.allows(url.text), asked)
