"""One address for the sockets of several systems: who a client is, and which of them it speaks.

A client shows its token in the handshake (`Sec-WebSocket-Protocol: bearer, <jwt>`, or `?token=`),
or says it first (`{"type": "auth", "token"}`); else its cookie counts, or the desk `local`. What it
says first, or that it has shown a token, tells whose front end it is. Built by `web.app`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import orjson
from msgspec import Struct
from quart import websocket

from actors.errors import ActorError, NotFound
from web.access import Access
from web.auth import Auth
from web.deps import WebDeps
from web.errors import WebError
from web.http import Query
from web.routes import Refusal, Route, integer
from web.sending import Sender, Step, make_step
from web.sockets import (
    POLICY_VIOLATION,
    SERVICE_RESTART,
    TRY_AGAIN_LATER,
    Sockets,
    accepted,
    error_step,
    turn_away,
)
from web.visit import Visit, enter_by_socket, enter_by_token

# Who has shown nothing has so long to say who they are.
AUTH_S = 10.0
# Who has, and says nothing for so long, does not mean to begin.
FIRST_WORD_S = 1.0

# Messages of front ends hold little, in few levels.
MESSAGE_DEPTH = 8
MESSAGE_KEYS = 64

Message = dict[str, Any]


class Opening(Struct, frozen=True):
    """A client that is let in: by a token or not, with its first message, if it has said one, from
    the revision that it knows."""

    visit: Visit
    by_token: bool
    first: Message | None
    after: int | None


class Speaker(Protocol):
    """The front ends of one system."""

    def knows(self, opening: Opening) -> bool:
        """Whether this is one of them."""

    async def speak(self, opening: Opening) -> Message | int:
        """Serve it. Returns the close code, or a message that it should have begun with."""


class SocketDoor:
    """Serves the sockets of the dialects. Of the speakers, the first that knows an opening."""

    def __init__(
        self, deps: WebDeps, auth: Auth, sockets: Sockets, speakers: Sequence[Speaker]
    ) -> None:
        self._stopping = deps.stopping
        self._auth = auth
        self._sockets = sockets
        self._speakers = speakers

    def routes(
        self, paths: Sequence[str], refusal: Refusal, name: str, summary: str
    ) -> list[Route]:
        """Under each of the paths; the first is the one that is described, and says no as its
        dialect does."""
        after = integer("after", "The newest revision that is known.")
        return [
            Route(
                method="GET",
                rule=path,
                name=f"{name}_{place}",
                access=Access.SESSION,
                enter=enter_by_socket,
                handler=self.serve,
                summary=summary,
                parameters=(after,),
                errors=("invalid_request", "forbidden_origin"),
                in_api=place == 0,
                refusal=refusal if place == 0 else None,
                websocket=True,
            )
            for place, path in enumerate(paths)
        ]

    async def serve(self, visit: Visit | None) -> None:
        """One socket, from its handshake to its end."""
        query = Query(websocket.args)
        after = query.optional_integer("after", high=2**63)
        query.done()
        try:
            with self._sockets.counted():
                if await accepted():
                    await websocket.close(*await self._served(visit, after))
        except WebError as error:
            await turn_away(TRY_AGAIN_LATER, str(error))

    async def _served(self, visit: Visit | None, after: int | None) -> tuple[int, str]:
        """(close code, why). A client may say who it is, or begin, later than it should: then all
        of it is done again, with that message as its first."""
        by_token = visit is not None and visit.asker.means == "token"
        wait_s = AUTH_S if visit is None else FIRST_WORD_S
        first = await self._first(wait_s)
        while True:
            if first is not None and first.get("type") == "auth":
                visit, told = await self._authenticated(first)
                if visit is None:
                    return told
                by_token, first = True, await self._first(FIRST_WORD_S)
            if visit is None:
                if self._stopping.is_set():
                    return SERVICE_RESTART, ""
                return POLICY_VIOLATION, "nobody is asking: say who you are first"
            ended = await self._talk(Opening(visit, by_token, first, after))
            if isinstance(ended, int):
                return ended, ""
            first = ended

    async def _talk(self, opening: Opening) -> Message | int:
        speaker = next(each for each in self._speakers if each.knows(opening))
        with self._sockets.joined(opening.visit.desk):
            return await speaker.speak(opening)

    async def _first(self, seconds: float) -> Message | None:
        """What the client says within so long. What cannot be read is as good as nothing."""
        try:
            return await self._sockets.receive_within(
                seconds, max_depth=MESSAGE_DEPTH, max_keys=MESSAGE_KEYS
            )
        except WebError as error:
            await Sender(websocket).send(error_step(error.code, str(error)))
            return None

    async def _authenticated(self, first: Message) -> tuple[Visit | None, tuple[int, str]]:
        """Whose token it is; nobody, and how the socket is closed for it."""
        token = first.get("token")
        try:
            visit = await enter_by_token(self._auth, token if isinstance(token, str) else "")
        except WebError as error:
            return None, (POLICY_VIOLATION, str(error)[:120])
        except ActorError as error:
            code = POLICY_VIOLATION if isinstance(error, NotFound) else TRY_AGAIN_LATER
            return None, (code, str(error)[:120])
        await Sender(websocket).send(step({"type": "auth_success", "success": True}))
        return visit, (SERVICE_RESTART, "")


def step(*messages: Message) -> Step:
    return make_step(tuple(orjson.dumps(message).decode() for message in messages))
