"""What handlers are given by the check before them: who asks, and the desk they may use.

Called by `web.guard`, by no handler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from msgspec import Struct
from quart import has_request_context, request, websocket

from actors.caller import Caller
from actors.errors import ActorError
from actors.messages import Command, JobView, Reply
from actors.ports import DeskKey
from state.errors import JobFilesMissing
from state.shares import Share, day_of
from web.auth import COOKIE, ME, Asker, Auth, Headers
from web.deps import Desk
from web.errors import WebError, not_found
from web.http import client_address, is_asked_from_elsewhere
from web.sockets import BEARER


class Visit(Struct, frozen=True):
    """A request or socket that has found its desk. Who has waited long calls `check` then: it
    raises WebError where what the asker has shown has ended meanwhile. `share` is what they may
    look at, where they have a share link and no desk."""

    key: DeskKey
    desk: Desk
    asker: Asker
    check: Callable[[], None]
    share: Share | None = None

    @property
    def caller(self) -> Caller:
        """Who the desk's audit log says this was."""
        return Caller(self.asker.who, self.asker.means, client_address())

    async def ask(self, command: Command) -> Reply:
        """Have the desk do it, on behalf of who asks here."""
        return await self.desk.ask(command, self.caller)

    def note(self, what: str, job_id: str | None = None) -> None:
        """Have the audit log say that they read this."""
        self.desk.note(what, self.caller, job_id)

    def refused(self, what: str, code: str) -> None:
        """Have the audit log say that they were refused this before the desk was asked."""
        self.desk.note(what, self.caller, outcome=code)

    def view(self, job_id: str) -> JobView:
        """The job, as last published; unknown and foreign jobs are the same 404."""
        view = self.desk.published.jobs.get(job_id)
        if view is None:
            raise not_found()
        return view

    @contextmanager
    def reading(self, job_id: str) -> Iterator[JobView]:
        """The job, whose files are read in the block. Where they are gone because the job was
        deleted meanwhile, that is no damage but the 404 of a job that is not there."""
        view = self.view(job_id)
        try:
            yield view
        except JobFilesMissing:
            self.view(job_id)
            raise


class Operator(Struct, frozen=True):
    """A request of the server's operator. It may do what its route is for, and has no desk here."""

    asker: Asker

    @property
    def who(self) -> str:
        return self.asker.who

    @property
    def caller(self) -> Caller:
        """Who the audit log of a desk says this was."""
        return Caller(self.who, "admin", client_address())


async def enter(auth: Auth, desk: str) -> Visit:
    """Open the desk that the path and the headers name. Raises WebError or ActorError."""
    return await _opened(auth, auth.identify(desk, *credentials()))


def credentials() -> tuple[Headers, str | None]:
    """What the request or handshake shows besides its path: its headers, and our cookie."""
    asked = request if has_request_context() else websocket
    return asked.headers, asked.cookies.get(COOKIE)


async def enter_by_session(auth: Auth, desk: str = ME) -> Visit:
    """Open the desk as pages of other systems name it: `X-Session-ID` comes before the path.
    Raises WebError, 401 for whatever opens nothing, or ActorError."""
    headers, cookie = credentials()
    if is_asked_from_elsewhere():
        cookie = None
    named = desk if headers.get("x-session-id") is None else ME
    try:
        return await _opened(auth, auth.identify(named, headers, cookie))
    except WebError as error:
        if error.code != "not_found":
            raise
        raise WebError("unauthorized", "this session opens no desk") from None


async def enter_by_token(auth: Auth, token: str) -> Visit:
    """Open the desk of a token that was not shown in its header. Raises WebError or ActorError."""
    return await _opened(auth, auth.identify(ME, {"authorization": f"Bearer {token}"}, None))


async def enter_by_socket(auth: Auth, desk: str = ME) -> Visit | None:
    """Open the desk as browsers show who they are, who choose no headers of a handshake: by a token
    beside the protocol `bearer` or in the address, else as any other session. None where nothing
    was shown: it may still be said. Raises WebError or ActorError."""
    shown = _tokens_of_handshake()
    if len(shown) > 1:
        raise WebError("unauthorized", "a token is there more than once")
    if shown:
        return await enter_by_token(auth, shown[0])
    try:
        return await enter_by_session(auth, desk)
    except WebError as error:
        headers, cookie = credentials()
        told = [headers.get("authorization"), headers.get("x-session-id"), auth.unsign(cookie)]
        if error.code != "unauthorized" or any(each is not None for each in told):
            raise
        return None


def _tokens_of_handshake() -> list[str]:
    offered = list(websocket.requested_subprotocols)
    shown = offered[1:] if offered[:1] == [BEARER] else []
    # Pages that have none write an empty one.
    shown += filter(None, websocket.args.getlist("token"))
    header = websocket.headers.get("authorization")
    return shown if not shown or header is None else [*shown, header]


async def enter_by_link(auth: Auth, desk: str) -> Visit:
    """Open the desk that the path alone names. Raises WebError or ActorError."""
    return await _opened(auth, auth.by_link(desk))


async def enter_by_share(auth: Auth, token: str) -> Visit:
    """Open what the share link in the path shows. Raises WebError (404) or ActorError."""
    asker, desk = await auth.open_share(token, client_address())
    visit = Visit(desk.key, desk, asker, partial(auth.check, asker), desk.share)
    # That the day of it cannot be written down turns nobody away.
    with suppress(ActorError):
        await desk.use(day_of(auth.now), visit.caller)
    return visit


def enter_as_operator(auth: Auth) -> Operator:
    """Raises WebError: 401 where nobody asks, 404 for everybody but an operator."""
    return Operator(auth.operator(request.headers))


async def _opened(auth: Auth, asker: Asker) -> Visit:
    desk = await auth.open(asker, client_address())
    return Visit(desk.key, desk, asker, partial(auth.check, asker))
