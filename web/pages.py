"""The page: its files, its shell at a desk's address, and the ways to that address.

The shell is the same bytes for every desk and holds nothing of it; what a desk holds comes by the
API. What its files are is `web.page_files`' to say.
"""

from __future__ import annotations

from typing import Any

import msgspec
from quart import Response, redirect, request
from werkzeug.wrappers import Response as RedirectResponse

from actors.errors import NotFound
from web import ids, schemas
from web.access import Access
from web.auth import COOKIE, Asker, Auth
from web.cookies import set_cookie
from web.deps import WebDeps
from web.errors import WebError, answer_of, not_found
from web.http import still_holds
from web.making import DeskMaker
from web.page_files import REVALIDATE, PageFile, PageFiles, encoded_file
from web.routes import Route
from web.visit import Visit

_TOO_MANY = (
    "Too many desks are being made from your network. Try again in {seconds} s.\n"
    "你所在的网络正在创建过多的工作台,请在 {seconds} 秒后再试。\n"
)


class Pages:
    """Handlers for browsers."""

    def __init__(self, deps: WebDeps, auth: Auth, maker: DeskMaker, files: PageFiles) -> None:
        self._maker = maker
        self._sample = _encoded_sample(deps)
        self._version = deps.version
        self._auth = auth
        self._files = files

    def routes(self) -> list[Route]:
        making, link, public = Access.CREATE_DESK, Access.LINK, Access.PUBLIC
        pages: list[tuple[str, Access, Any, str, str]] = [
            ("/", making, self.front, "front", "Your own desk"),
            ("/s/<desk>", link, self.shell, "desk_page", "A desk's page"),
            ("/s/<desk>/jobs/<job>", link, self.shell, "job_page", "A job's page"),
            ("/s/<desk>/how", link, self.how, "how_page", "How to do by a program what it does"),
            ("/v/<desk>", Access.SHARE, self.shell, "shared_page", "What a share link shows"),
            ("/v/<desk>/jobs/<job>", Access.SHARE, self.shell, "shared_job_page", "A job of it"),
            ("/s/<desk>/journeys", link, self.shell, "journeys_page", "A desk's journeys"),
            ("/page/<path:name>", public, self.file, "page_file", "A file of the page"),
            ("/uuid=<link>", public, self.to_desk, "old_desk_page", "Leads to the desk's page"),
            ("/<link>", public, self.to_desk, "short_desk_page", "Leads to the desk's page"),
        ]
        sample = Route(
            method="GET",
            rule="/api/sample",
            name="get_sample",
            access=Access.PUBLIC,
            handler=self.sample,
            summary="Items and journeys of the built-in sample site",
            answer=schemas.Sample,
        )
        return [
            sample,
            *(
                Route(
                    method="GET",
                    rule=rule,
                    name=name,
                    access=access,
                    handler=handler,
                    summary=summary,
                    answer="text/html",
                    in_api=False,
                )
                for rule, access, handler, name, summary in pages
            ),
        ]

    async def sample(self) -> Response:
        return sent(self._sample, {})

    async def front(self) -> Response | RedirectResponse:
        """A browser is led to its desk, its old one where it still exists; others to the docs."""
        if not _is_browser():
            about = f"Nightdesk {self._version}: the API is described at /docs and /openapi.json\n"
            return Response(about, content_type="text/plain; charset=utf-8")
        if request.method == "HEAD":
            return Response(b"", content_type="text/html")
        known = self._auth.unsign(request.cookies.get(COOKIE))
        if known is not None and await self._exists(known):
            return redirect(f"/s/{known.session_id}", 303)
        try:
            return redirect(f"/s/{await self._maker.make()}", 303)
        except WebError as error:
            return _later(error)

    async def shell(self, visit: Visit | None, job: str = "") -> Response:
        """The same page for a desk, its journeys and each of its jobs; it asks for them itself."""
        if visit is None:
            if not _is_browser():
                raise not_found()
            return self._shell(404)
        response = self._shell(200)
        if visit.asker.means == "link":
            set_cookie(response, self._auth.sign(visit.asker.session_id))
        return response

    async def how(self, visit: Visit | None) -> Response | RedirectResponse:
        """A part of the desk's page, by an address that can be told."""
        if visit is None:
            return await self.shell(None)
        return redirect(f"/s/{visit.asker.session_id}#how", 303)

    async def file(self, name: str) -> Response:
        found = self._files.find(name)
        if found is None:
            raise not_found()
        return sent(found.file, {"Cache-Control": found.cache_control})

    async def to_desk(self, link: str) -> RedirectResponse:
        """Says nothing of whether there is such a desk: its page does."""
        if not ids.is_canonical(link):
            raise not_found()
        return redirect(f"/s/{link}", 303)

    async def _exists(self, asker: Asker) -> bool:
        try:
            await self._auth.find(asker)
        except NotFound:
            return False
        return True

    def _shell(self, status: int) -> Response:
        response = sent(self._files.shell(), {})
        response.status_code = status
        return response


def _encoded_sample(deps: WebDeps) -> PageFile:
    """It is part of every first visit: as large as ten files of the page, and as small as one when
    it is compressed."""
    sample = schemas.Sample(
        items=list(deps.sample_items),
        journeys=list(deps.sample_journeys),
        available=bool(deps.sample_items),
    )
    return encoded_file("sample.json", msgspec.json.encode(sample))


# Of a file that is no page, and does nothing. A hundred come with a first visit, and each says it.
_POLICY_OF_PARTS = "default-src 'none'; frame-ancestors 'none'"


def sent(file: PageFile, headers: dict[str, str]) -> Response:
    """In the best coding that is taken. What is to be asked for again has a tag for that."""
    encoded = file.accepted(request.headers.get("Accept-Encoding", ""))
    headers = {**headers, "Vary": "Accept-Encoding"}
    if encoded.coding:
        headers["Content-Encoding"] = encoded.coding
    if not file.media_type.startswith("text/html"):
        headers["Content-Security-Policy"] = _POLICY_OF_PARTS
    if headers.get("Cache-Control") == REVALIDATE:
        headers["ETag"] = encoded.etag
        if still_holds(request.headers.get("If-None-Match"), encoded.etag):
            return Response(b"", 304, headers)
    return Response(encoded.data, 200, headers, content_type=file.media_type)


def _is_browser() -> bool:
    """Whether a person opens the address. What a page loads on the way says so, in browsers that
    say anything: a picture or a frame somewhere else makes no desk."""
    destination = request.headers.get("Sec-Fetch-Dest", "document")
    return "text/html" in request.headers.get("Accept", "") and destination == "document"


def _later(error: WebError) -> Response:
    """To somebody who wanted a page: when to try again, in both languages."""
    answer = answer_of(error)
    text = _TOO_MANY.format(seconds=answer.retry_after_s)
    response = Response(text, answer.status, content_type="text/plain; charset=utf-8")
    response.headers["Retry-After"] = str(answer.retry_after_s)
    return response
