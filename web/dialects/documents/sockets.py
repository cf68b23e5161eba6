"""The sockets of this dialect: where they are, and who is let in. Built once by `web.app`."""

from __future__ import annotations

from functools import partial

from quart import websocket

from web.access import Access
from web.deps import WebDeps
from web.dialects.documents.feeds import DocumentFeeds
from web.dialects.documents.paths import SOCKETS
from web.dialects.documents.routing import REFUSAL
from web.dialects.documents.selection import ALL
from web.dialects.documents.talk import MAX_REVISION, Talk
from web.dialects.languages import language_of
from web.errors import WebError
from web.http import Query
from web.routes import Route, integer
from web.sockets import TRY_AGAIN_LATER, Sockets, accepted, turn_away
from web.visit import Visit, enter_by_socket

# Progress is told 10 times a second at most, whatever the native stream does.
INTERVAL_S = 0.1
# Of each two spellings the first.
_DESCRIBED = SOCKETS[::2]


class DocumentSockets:
    """Speaks with every client of this dialect. Holds what they share."""

    def __init__(self, deps: WebDeps, sockets: Sockets) -> None:
        self._sockets = sockets
        self._feeds = DocumentFeeds(deps)
        self._interval_s = max(deps.settings.publish_interval_s, INTERVAL_S)

    def routes(self) -> list[Route]:
        """Under every spelling."""
        after = integer("after", "The newest revision that is known.")
        return [
            Route(
                method="GET",
                rule=path,
                name=f"documents_socket_{place}",
                access=Access.SESSION,
                enter=enter_by_socket,
                handler=self.serve,
                summary="Tasks of documents as they change (WebSocket)",
                parameters=(after,),
                errors=("invalid_request", "forbidden_origin"),
                in_api=path in _DESCRIBED,
                refusal=REFUSAL if path in _DESCRIBED else None,
                websocket=True,
            )
            for place, path in enumerate(SOCKETS)
        ]

    async def serve(self, visit: Visit | None, task: str = ALL) -> None:
        """One socket, from its handshake to its end. With a task it follows that from the start."""
        if visit is None:
            raise WebError("unauthorized", "nobody is asking: show who you are")
        query = Query(websocket.args)
        after = query.optional_integer("after", high=MAX_REVISION)
        query.done()
        try:
            with self._sockets.opened(visit.desk):
                if not await accepted():
                    return
                language = language_of(websocket.headers.get("Accept-Language"))
                talk = Talk(self._sockets, self._feeds, visit, language, self._interval_s)
                listen = partial(talk.listen, task, after)
                code = await self._sockets.attend(visit.asker, listen, talk.push)
        except WebError as error:
            await turn_away(TRY_AGAIN_LATER, str(error))
            return
        await websocket.close(code)
