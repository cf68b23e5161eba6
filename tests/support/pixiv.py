"""A server in the shape of each shipped source, and the recipes led to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import parse_qs, unquote

import msgspec

from executors.crawl.sources.recipe import Recipe, read_recipes
from tests.support.target import Conversation, Target

PNG = b"\x89PNG\r\n\x1a\n"
COOKIE = "PHPSESSID=12345_canary"


class Pixiv(Target):
    """`pages_of` says how many images a work has. `refuses`: every search needs a cookie. `breaks`
    are other answers, by what is in an address; `endless`: every page of a search is the first."""

    works = 150
    refuses = False
    breaks: Mapping[str, tuple[bytes, str, dict[str, str]]] = MappingProxyType({})
    endless = False

    async def run(self, *, task_status) -> None:
        self.handlers = _Everything(self)
        await super().run(task_status=task_status)

    def pages_of(self, number: int) -> int:
        return number % 3 + 1

    def recipes(self) -> dict[str, Recipe]:
        """Those that come along, with this server in the place of Pixiv's."""
        own = {}
        for name, recipe in read_recipes(None).items():
            text = msgspec.json.encode(recipe).replace(
                b"https://www.pixiv.net/ajax", f"http://127.0.0.1:{self.port}/ajax".encode()
            )
            changed = msgspec.json.decode(text, type=Recipe)
            own[name] = msgspec.structs.replace(changed, delay_s=0.0)
        return own

    def asked_for(self, beginning: str):
        return [asked for asked in self.asked if asked.target.startswith(beginning)]


class _Everything(dict):
    def __init__(self, site: Pixiv) -> None:
        super().__init__()
        self._site = site

    def get(self, path, default=None):
        return self._serve

    async def _serve(self, talk: Conversation) -> None:
        path, _, query = talk.asked.target.partition("?")
        if path.startswith("/img/"):
            if "artworks" not in talk.asked.headers.get("referer", ""):
                await talk.respond(b"", "403 Forbidden")
                return
            body = PNG + path.encode() if "same" not in path else PNG
            await talk.respond(body, content_type="image/png")
            return
        for part, (broken, reason, headers) in self._site.breaks.items():
            if part in talk.asked.target:
                await talk.respond(broken, reason, **headers)
                return
        needs = self._site.refuses and "cookie" not in talk.asked.headers
        status, body = _refused(403) if needs else _answer(self._site, path, parse_qs(query))
        await talk.respond(json.dumps(body).encode(), status, content_type="application/json")


def _refused(status: int):
    words = "請登入" if status == 403 else "the work was deleted"
    reason = "403 Forbidden" if status == 403 else "404 Not Found"
    return reason, {"error": True, "message": words, "body": []}


def _fine(body):
    return "200 OK", {"error": False, "message": "", "body": body}


def _answer(site: Pixiv, path: str, query):
    match path.strip("/").split("/"):
        case ["ajax", "search", "artworks", word]:
            assert unquote(word) == query["word"][0]
            page = 1 if site.endless else int(query["p"][0])
            numbers = range(site.works)[(page - 1) * 60 : page * 60]
            data = [_work(site, number) for number in numbers]
            if page == 1:
                data.insert(1, {"isAdContainer": True})
            return _fine({"illustManga": {"data": data, "total": site.works}})
        case ["ajax", "user", "404", *_]:
            return _refused(404)
        case ["ajax", "user", _, "profile", "all"]:
            numbers = {str(number): None for number in range(site.works)}
            return _fine({"illusts": numbers, "manga": []})
        case ["ajax", "user", _, "profile", "illusts"]:
            works = {number: _work(site, int(number)) for number in query["ids[]"]}
            return _fine({"works": works})
        case ["ajax", "illust", "404", "pages"]:
            return _refused(404)
        case ["ajax", "illust", number, "pages"]:
            base = f"http://127.0.0.1:{site.port}/img"
            pages = range(site.pages_of(int(number)))
            urls = [f"{base}/{number}_p{n}{'_same' if n == 2 else ''}.png" for n in pages]
            return _fine([{"urls": {"original": url, "small": "x"}} for url in urls])
    return _refused(404)


def _work(site: Pixiv, number: int):
    count = site.pages_of(number)
    return {"id": str(number), "title": f"work {number}", "pageCount": count, "illustType": 0}
