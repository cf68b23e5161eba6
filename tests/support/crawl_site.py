"""A site of 2,000 pages with what crawlers meet: loops, mazes, redirects, rules, maps, copies."""

from __future__ import annotations

import gzip
import hashlib

from tests.support.target import Conversation, Target

SECTIONS = 27
PAGES_A_SECTION = 73
# The front page, one about it, the sections and their pages.
PAGES = 2 + SECTIONS * (1 + PAGES_A_SECTION)
# Found in sitemaps alone.
HIDDEN = 12

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


def every_page() -> set[str]:
    """The paths that a crawl of the site should come to, without those of its maps and mazes."""
    sections = {f"/s{section}/" for section in range(SECTIONS)}
    pages = {
        f"/s{section}/page-{page}.html"
        for section in range(SECTIONS)
        for page in range(PAGES_A_SECTION)
    }
    return {"/", "/about", *sections, *pages}


class CrawlSite(Target):
    """Serves it. `robots` and `broken_robots` are what its robots.txt is, and the status of it."""

    robots: bytes = (
        b"User-agent: *\nDisallow: /private/\nAllow: /private/open\nSitemap: /maps/index.xml\n"
    )
    robots_status: str = "200 OK"

    async def run(self, *, task_status) -> None:
        self.handlers = _Everything(self)
        await super().run(task_status=task_status)

    def paths(self) -> list[str]:
        """What was asked for, without queries, in order."""
        return [asked.target.partition("?")[0] for asked in self.asked]


class _Everything(dict):
    def __init__(self, site: CrawlSite) -> None:
        super().__init__()
        self._site = site

    def get(self, path, default=None):
        return super().get(path) or self._serve

    async def _serve(self, talk: Conversation) -> None:
        path, _, query = talk.asked.target.partition("?")
        answer = _answer(self._site, path, query)
        status, body, headers = answer
        tag = f'"{hashlib.md5(body).hexdigest()[:8]}"'
        if status == "200 OK" and talk.asked.headers.get("if-none-match") == tag:
            status, body = "304 Not Modified", b""
        await talk.respond(body, status, **{"etag": tag, **headers})


def _answer(site: CrawlSite, path: str, query: str):
    match path.strip("/").split("/"):
        case ["robots.txt"]:
            return site.robots_status, site.robots, {"content_type": "text/plain"}
        case ["maps", name]:
            return _map(site, name)
        case [""]:
            return _html(_front(site))
        case ["about"]:
            return _html("<a href='/'>home</a><img src='/logo.png'><img src='/copy-of-logo.png'>")
        case ["go", "round"]:
            return _redirect("/go/on")
        case ["go", "on"]:
            return _redirect("/go/round")
        case ["go", "there"]:
            return _redirect("/s0/")
        case ["go", "away"]:
            return _redirect(f"http://localhost:{site.port}/elsewhere")
        case ["calendar", year, month]:
            following = int(year) * 12 + int(month)
            return _html(f"<a href='/calendar/{following // 12}/{following % 12 + 1}'>next</a>")
        case ["maze", *_]:
            return _html(f"<a href='{path.rstrip('/')}/left'>l</a><a href='deeper/'>d</a>")
        case ["list"]:
            return _html("".join(f"<a href='/list?{query}&f{n}=1'>{n}</a>" for n in range(30)))
        case ["print", section, name]:
            return _html(f"<link rel=canonical href='/{section}/{name}'><a href='/'>home</a>")
        case [("logo.png" | "copy-of-logo.png")]:
            return "200 OK", PNG, {"content_type": "image/png"}
        case [section] if _is_section(section):
            pages = range(PAGES_A_SECTION)
            return _html("".join(f"<a href='page-{n}.html'>{n}</a>" for n in pages))
        case [section, page] if _is_section(section) and page.startswith("page-"):
            number = int(page[5:].partition(".")[0])
            return _html(_page(section, number))
        case ["hidden", _]:
            return _html("found by the map")
        case ["private", _]:
            return _html("not for robots")
    return "404 Not Found", b"no such page", {"content_type": "text/html"}


def _is_section(name: str) -> bool:
    return name[:1] == "s" and name[1:].isdigit()


def _html(body: str, **headers: str):
    text = f"<!doctype html><title>A page</title><body>{body}"
    return "200 OK", text.encode(), {"content_type": "text/html; charset=utf-8", **headers}


def _redirect(target: str):
    return "302 Found", b"", {"location": target}


def _front(site: CrawlSite) -> str:
    sections = "".join(f"<a href='/s{n}/'>section</a>" for n in range(SECTIONS))
    return (
        sections
        + f"""
      <a href="/about">about</a> <a href="/about?utm_source=front">about</a>
      <a href="/about#team">about</a> <a href="//127.0.0.1:{site.port}/about">about</a>
      <a href="javascript:alert(1)">no</a> <a href="mailto:a@b.c">no</a> <a href="http://[">no</a>
      <a href="/calendar/2024/1">calendar</a> <a href="/maze/">maze</a> <a href="/list?a=1">list</a>
      <a href="/go/round">round</a> <a href="/go/there">there</a> <a href="/go/away">away</a>
      <a href="/private/secret">secret</a> <a href="/private/open">open</a>
      <a href="http://localhost:{site.port}/">another site</a> <a href="/file.zip">a file</a>
      <a href="/print/s1/page-1.html">print</a> <a rel="nofollow" href="/unfollowed">no</a>
    """
    )


def _page(section: str, number: int) -> str:
    following = (number + 1) % PAGES_A_SECTION
    return (
        f"<a href='/'>home</a><a href='./'>section</a><a href='page-{following}.html'>next</a>"
        f"<a href='page-{number}.html?PHPSESSID={section}{number}'>itself</a>"
    )


def _map(site: CrawlSite, name: str):
    home = f"http://127.0.0.1:{site.port}"
    if name == "index.xml":
        entries = "".join(
            f"<sitemap><loc>{home}/maps/{each}</loc></sitemap>"
            for each in ("one.xml.gz", "broken.xml", "entities.xml", "list.txt")
        )
        return _xml(f"<sitemapindex>{entries}</sitemapindex>".encode())
    if name == "one.xml.gz":
        pages = "".join(f"<url><loc>{home}/hidden/{n}</loc></url>" for n in range(HIDDEN - 1))
        return _xml(gzip.compress(f"<urlset>{pages}</urlset>".encode()))
    if name == "list.txt":
        return "200 OK", f"{home}/hidden/{HIDDEN - 1}\n".encode(), {"content_type": "text/plain"}
    if name == "entities.xml":
        laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 9))
        return _xml(
            b'<!DOCTYPE x [<!ENTITY l0 "ha"><!ENTITY file SYSTEM "file:///etc/passwd">' + laughs
            + b"]><urlset><url><loc>&l8;&file;</loc></url></urlset>"
        )  # fmt: skip
    return _xml(b"\x1f\x8b is what gzip begins with")


def _xml(body: bytes):
    return "200 OK", body, {"content_type": "application/xml"}
