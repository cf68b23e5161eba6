"""Which links of a page make a path that a person would call sensible. Pure.

Used by `executors.visit.generate` with what the page's script found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from executors.navigation import navigable
from executors.urls import Url, parse_url

MAX_LINKS = 8

# What would end the session or change something; in addresses and in words.
_HARMFUL = re.compile(
    r"log[-_ ]?(?:out|off)|sign[-_ ]?(?:out|off)|(?<![a-z])exit(?![a-z])|(?<![a-z])quit(?![a-z])"
    r"|delete|remove|destroy|unsubscribe|deactivate|close[-_ ]?account|(?<![a-z])cancel"
    r"|add[-_ ]?to[-_ ]?(?:cart|basket)|checkout|(?<![a-z])purchase"
    r"|abmelden|ausloggen|l[öo]schen|d[ée]connexion|supprimer|cerrar[-_ ]sesi[óo]n|eliminar"
    r"|退出|登出|注销|登録解除|删除|刪除|移除|退订|取消|结算|ログアウト|削除|로그아웃|삭제",
    re.IGNORECASE,
)
_FILES = re.compile(
    r"\.(?:7z|apk|avi|bin|bmp|bz2|csv|deb|dmg|docx?|epub|exe|flac|gif|gz|iso|jar|jpe?g|json|m4a"
    r"|mkv|mov|mp3|mp4|msi|odp|ods|odt|ogg|pdf|png|pptx?|rar|rpm|rss|svg|tar|tgz|tiff?|txt|wav"
    r"|webm|webp|xlsx?|xml|xz|zip)\Z",
    re.IGNORECASE,
)


class Link(Struct, frozen=True):
    """A visible link: where it leads, what it says, and the box that it has on the page."""

    url: str
    text: str
    left: float
    top: float
    height: float


def choose_links(links: Iterable[Link], page_url: str, max_url_bytes: int) -> list[Link]:
    """At most 8, each page once, as a reader comes upon them."""
    home = parse_url(page_url)
    seen = {_page_of(home)}
    chosen: list[Link] = []
    for link in in_reading_order(links):
        url = _target(link, max_url_bytes)
        if url is None or not same_site(home, url) or _page_of(url) in seen:
            continue
        seen.add(_page_of(url))
        chosen.append(link)
        if len(chosen) == MAX_LINKS:
            break
    return chosen


def in_reading_order(links: Iterable[Link]) -> list[Link]:
    """Line by line, from the left: links that overlap in height stand in one line."""
    lines: list[list[Link]] = []
    for link in sorted(links, key=lambda link: link.top):
        first = lines[-1][0] if lines else None
        if first is not None and link.top < first.top + first.height / 2:
            lines[-1].append(link)
        else:
            lines.append([link])
    return [link for line in lines for link in sorted(line, key=lambda link: link.left)]


def same_site(home: Url, other: Url) -> bool:
    """The same host, whether with www. or without, or one below it; and the same port."""
    ours, theirs = (url.host.removeprefix("www.") for url in (home, other))
    below = not ours.replace(".", "").isdigit() and theirs.endswith(f".{ours}")
    return (theirs == ours or below) and _port_of(home) == _port_of(other)


def seen_as(urls: Sequence[str]) -> set[tuple[str, int | None, str]]:
    """What these addresses count as, to tell whether a page was seen already. A blank one, which a
    page may have left for, counts as none."""
    return {_page_of(parse_url(url)) for url in urls if navigable(url) is None}


def _target(link: Link, max_url_bytes: int) -> Url | None:
    """Where it leads, if that is a page that may be opened."""
    if len(link.url.encode("utf-8", "replace")) > max_url_bytes:
        return None
    try:
        url = parse_url(link.url)
    except ValueError:
        return None
    path = unquote(urlsplit(url.target).path)
    if _FILES.search(path) or _HARMFUL.search(unquote(url.target)) or _HARMFUL.search(link.text):
        return None
    return url


def _page_of(url: Url) -> tuple[str, int | None, str]:
    path, question, query = url.target.partition("?")
    return url.host.removeprefix("www."), _port_of(url), path.rstrip("/") + question + query


def _port_of(url: Url) -> int | None:
    """None for the scheme's own: http and https are one site."""
    return None if url.port == {"http": 80, "https": 443}[url.scheme] else url.port
