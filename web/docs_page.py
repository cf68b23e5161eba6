"""`/openapi.json` and `/docs`: the API's description, for tools and to read.

The page is `docs.html` of the page's files. A browser with scripts shows the description by
`page/app/docs.js`; one without finds all of it as a plain list, which is put in here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from html import escape
from typing import Any

import orjson
from msgspec import Struct
from quart import Response

from web.access import Access
from web.errors import JSON_TYPE
from web.openapi import describe
from web.page_files import PageFile, PageFiles, encoded_file
from web.pages import sent
from web.routes import Route

DOCS = "docs.html"
# Where the plain list goes.
PLAIN = b"<!--plain-->"
_CODE = re.compile("`([^`]+)`")


class _Made(Struct, frozen=True):
    """Both, ready to be sent."""

    description: PageFile
    page: PageFile


class Description:
    """Made once from all routes, when first asked for: a third of the time that an application
    takes to be made would else go into what few ever read."""

    def __init__(self, routes: list[Route], version: str, files: PageFiles) -> None:
        self._described = [*routes, *self.routes()]
        self._version = version
        self._files = files

    @cached_property
    def _made(self) -> _Made:
        document = describe(self._described, self._version)
        shell = self._files.shell(DOCS).accepted("").data
        page = shell.replace(PLAIN, plain_list(document).encode())
        return _Made(encoded_file("openapi.json", orjson.dumps(document)), encoded_file(DOCS, page))

    def routes(self) -> list[Route]:
        table = [
            ("/openapi.json", "get_openapi", self.openapi, "This description", JSON_TYPE),
            ("/docs", "get_docs", self.docs, "This description, to read", "text/html"),
        ]
        return [
            Route(
                method="GET",
                rule=rule,
                name=name,
                access=Access.PUBLIC,
                handler=handler,
                summary=summary,
                answer=answer,
            )
            for rule, name, handler, summary, answer in table
        ]

    async def openapi(self) -> Response:
        return sent(self._made.description, {"Cache-Control": "no-cache"})

    async def docs(self) -> Response:
        return sent(self._made.page, {})


def plain_list(document: dict[str, Any]) -> str:
    """All operations by their groups, as HTML. What is not markup of ours is escaped."""
    operations = [
        (method.upper(), path, operation)
        for path, by_method in document["paths"].items()
        for method, operation in by_method.items()
    ]
    groups = [
        (tag["description"], "".join(_entries(tag["name"], operations))) for tag in document["tags"]
    ]
    return "".join(f"<h2>{escape(said)}</h2><dl>{entries}</dl>" for said, entries in groups)


def _entries(group: str, operations: list[tuple[str, str, dict[str, Any]]]) -> Iterator[str]:
    for method, path, operation in operations:
        if operation["tags"] == [group]:
            name = escape(operation["operationId"])
            yield (
                f'<dt id="{name}"><code>{method} {escape(path)}</code></dt>'
                f"<dd>{_text(operation['summary'])}<br>{_details(operation)}</dd>"
            )


def _text(marked: str) -> str:
    """A description's text; what it has between backticks is code."""
    return _CODE.sub(r"<code>\1</code>", escape(marked))


def _details(operation: dict[str, Any]) -> str:
    parameters = [
        f"<code>{escape(parameter['name'])}</code>"
        for parameter in operation["parameters"]
        if parameter["in"] != "path"
    ]
    answers = [
        f"{status} {_text(answer['description'])}"
        for status, answer in operation["responses"].items()
        if int(status) >= 400
    ]
    asks = f"Parameters: {', '.join(parameters)}. " if parameters else ""
    return f"{asks}<small>{'; '.join(answers)}</small>"
