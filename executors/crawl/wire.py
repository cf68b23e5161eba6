"""What the runs of a crawl ask of the helper, and what it answers: msgpack over its line.

The helper has had a stranger's bytes in it: whoever reads an answer checks it as it would those.
"""

from __future__ import annotations

from msgspec import Struct

# The function that helpers run.
WORK = "executors.crawl.hostile:work"

# Of what an answer may hold: the line of helpers carries a mebibyte.
MAX_LINKS = 5_000
MAX_ANSWER_BYTES = 768 * 1024
MAX_TITLE_CHARS = 300
MAX_SITEMAPS = 100


class Robots(Struct, frozen=True):
    """A site's robots.txt, and the name that its rules know us by. Asked by those who have it."""

    text: bytes
    agent: str


class PageTask(Struct, frozen=True, tag="page"):
    """Find what a page links to. `url` is where it came from, `content_type` its header; `origin`
    is the one that the `robots` are of. `images`: what it shows, too."""

    body: bytes
    url: str
    content_type: str | None
    origin: str
    robots: Robots | None
    max_links: int
    max_url_bytes: int
    images: bool


class SitemapTask(Struct, frozen=True, tag="sitemap"):
    """Read a sitemap, or an index of them; gzip is unpacked."""

    body: bytes
    url: str
    origin: str
    robots: Robots | None
    max_links: int
    max_url_bytes: int


class RobotsTask(Struct, frozen=True, tag="robots"):
    """What the rules say of these addresses, and of the pace."""

    robots: Robots
    urls: tuple[str, ...] = ()


class WorksTask(Struct, frozen=True, tag="works"):
    """Find the works in an answer of a source. `works` is where they are (JSONPath), `keys_of`
    where objects are whose names are the ids of works; `id`, `title` and `images` name members;
    `refusal` is where the answer says why it is none."""

    body: bytes
    works: str
    keys_of: tuple[str, ...]
    id: str
    title: str
    images: str
    refusal: str
    most: int


class ImagesTask(Struct, frozen=True, tag="images"):
    """Find the addresses of a work's images."""

    body: bytes
    images: str
    refusal: str
    most: int
    max_url_bytes: int


class Link(Struct, frozen=True, array_like=True):
    """An address and its key. `allowed` is False where robots.txt was asked and says no; `asked`
    where it was asked at all."""

    url: str
    key: str
    allowed: bool = True
    asked: bool = False
    image: bool = False


class PageAnswer(Struct, frozen=True, tag="page"):
    """`canonical` is what the page calls itself; `more` that it has more links than are told. With
    `no_follow` there are none, since the page asks for that, and `no_index` that it asks not to be
    kept."""

    title: str | None = None
    canonical: Link | None = None
    links: tuple[Link, ...] = ()
    more: bool = False
    no_follow: bool = False
    no_index: bool = False


class SitemapAnswer(Struct, frozen=True, tag="sitemap"):
    """`pages` that it lists, and further `sitemaps`. `problem` is what kept it from being read to
    its end, in words."""

    pages: tuple[Link, ...] = ()
    sitemaps: tuple[Link, ...] = ()
    more: bool = False
    problem: str | None = None


class RobotsAnswer(Struct, frozen=True, tag="robots"):
    """`delay_s` is the crawl-delay. `has_rules` is False where everything is allowed."""

    allowed: tuple[bool, ...] = ()
    delay_s: float | None = None
    sitemaps: tuple[str, ...] = ()
    has_rules: bool = True


class FoundWork(Struct, frozen=True, array_like=True):
    """A work of a source. `images` is how many it has, where that is said."""

    id: str
    title: str = ""
    images: int | None = None


class WorksAnswer(Struct, frozen=True, tag="works"):
    """`works` in the order of the answer. `refusal` is what the site says in their place; `broken`:
    it is no answer at all, such as a page to log in at."""

    works: tuple[FoundWork, ...] = ()
    refusal: str = ""
    broken: bool = False


class ImagesAnswer(Struct, frozen=True, tag="images"):
    """`images` are absolute addresses."""

    images: tuple[str, ...] = ()
    refusal: str = ""


Task = PageTask | SitemapTask | RobotsTask | WorksTask | ImagesTask
Answer = PageAnswer | SitemapAnswer | RobotsAnswer | WorksAnswer | ImagesAnswer
