"""Replacing the address of a guest's desk: by whoever has it, and by the operator.

The answer holds the new address, and the old one opens nothing any more: an answer that is lost
would leave its user with neither. So a new link that is asked for with an `Idempotency-Key` is
derived from that key, the old link and the server's secret, and a repetition is told the same one.
Nothing of it is kept anywhere, and without the key the old link leads nowhere.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from contextlib import suppress
from functools import partial

from quart import Response, request

from actors.errors import NoLink, NotFound
from actors.ports import DeskKey
from actors.settings import RotateLink
from state.desks import is_key
from state.views import link_of
from web import ids, schemas
from web.access import Access
from web.auth import COOKIE, Asker, Auth, guest
from web.cookies import set_cookie
from web.deps import WebDeps
from web.desk_api import DESK
from web.errors import WebError, not_found
from web.http import MAX_KEY_CHARS, desk_url, empty_body, invalid, json_answer
from web.routes import Parameter, Route
from web.visit import Operator, Visit, credentials, enter

# Whoever has the old link and guesses the key is told the new one.
MIN_KEY_CHARS = 20

_PURPOSE = "nightdesk-link"
_ERRORS = ("invalid_request", "no_link", "mailbox_full", "storage_unavailable", "storage_full")
_KEY = Parameter(
    "Idempotency-Key",
    {"type": "string", "minLength": MIN_KEY_CHARS, "maxLength": MAX_KEY_CHARS},
    "Random, kept to oneself: the same key with the old link is told the same new address again.",
    where="header",
)


class Repeated(Visit, frozen=True, kw_only=True):
    """A repetition of what is done: `asker` has the new link, `before` the one that was shown."""

    before: Asker


class LinksApi:
    """Handlers that replace links. They hold no state of their own."""

    def __init__(self, deps: WebDeps, auth: Auth) -> None:
        self._max_json_depth = deps.settings.max_json_depth
        self._desks = deps.desks
        self._keyring = deps.keyring
        self._auth = auth

    def routes(self) -> list[Route]:
        return [
            Route(
                method="POST",
                rule=f"{DESK}/rotate-link",
                name="rotate_link",
                access=Access.DESK,
                enter=self.enter,
                handler=self.rotate,
                summary="Give the desk another address; whoever has the old one is shut out",
                answer=schemas.LinkAnswer,
                parameters=(_KEY,),
                errors=_ERRORS,
            ),
            Route(
                method="POST",
                rule="/api/operator/desks/<key>/rotate-link",
                name="rotate_link_as_operator",
                access=Access.OPERATOR,
                handler=self.rotate_for,
                summary="The same for a guest who has lost the address, by the desk's hash",
                answer=schemas.LinkAnswer,
                errors=_ERRORS,
            ),
        ]

    async def enter(self, auth: Auth, desk: str) -> Visit:
        """As `web.visit.enter`; where that link is no more because this very request has replaced
        it, by the new one. Raises WebError or ActorError."""
        try:
            return await enter(auth, desk)
        except WebError as error:
            if error.code != "not_found":
                raise
            refused = error
        repeated = await self._repeated(auth.identify(desk, *credentials()))
        if repeated is None:
            raise refused
        return repeated

    async def _repeated(self, before: Asker) -> Repeated | None:
        key = _key_of_request() if before.is_guest else None
        if key is None:
            return None
        for secret in self._secrets():
            asker = guest(_derived(secret, before, key), before.means)
            with suppress(NotFound):
                desk = await self._auth.find(asker)
                return Repeated(
                    desk.key, desk, asker, partial(self._auth.check, asker), before=before
                )
        return None

    async def rotate(self, visit: Visit) -> Response:
        await empty_body(self._max_json_depth)
        if isinstance(visit, Repeated):
            revision = visit.desk.published.revision
            return self._answer(visit.asker.session_id, revision, visit.before)
        if not visit.asker.is_guest:
            raise NoLink("this desk has no address to replace: it is opened in another way")
        key = _key_of_request()
        desk_id = ids.mint() if key is None else _derived(self._secrets()[0], visit.asker, key)
        reply = await visit.ask(RotateLink(link_of(desk_id), visit.desk.published.link))
        return self._answer(desk_id, reply.revision, visit.asker)

    def _secrets(self) -> list[bytes]:
        return [key.secret for key in self._keyring.accepted()]

    async def rotate_for(self, operator: Operator, key: str) -> Response:
        await empty_body(self._max_json_depth)
        if not is_key(key):
            raise not_found()
        desk = await self._desks.find(DeskKey(key))
        desk_id = ids.mint()
        command = RotateLink(link_of(desk_id), desk.published.link)
        reply = await desk.ask(command, operator.caller)
        return self._answer(desk_id, reply.revision, None)

    def _answer(self, desk_id: str, revision: int, before: Asker | None) -> Response:
        """A browser that comes back by what was replaced here comes back by the new one."""
        answer = schemas.LinkAnswer(desk_id, desk_url(desk_id), revision, durable=True)
        response = json_answer(answer)
        known = self._auth.unsign(request.cookies.get(COOKIE))
        if known is not None and before is not None and known.session_id == before.session_id:
            set_cookie(response, self._auth.sign(desk_id))
        return response


def _derived(secret: bytes, before: Asker, key: str) -> str:
    """The link that takes the place of that one for that key: as good as random without both."""
    told = f"{_PURPOSE}\n{link_of(before.session_id)}\n{key}".encode()
    return str(uuid.UUID(bytes=hmac.digest(secret, told, hashlib.sha256)[:16], version=4))


def _key_of_request() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if MIN_KEY_CHARS <= len(key) <= MAX_KEY_CHARS and key.isascii() and key.isprintable():
        return key
    reason = f"must be {MIN_KEY_CHARS} to {MAX_KEY_CHARS} printable ASCII characters here"
    raise invalid([{"index": None, "field": "Idempotency-Key", "reason": reason}])
