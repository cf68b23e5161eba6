"""Puts the check that a route declares before its handler. Used by `web.app` for every route.

A handler never sees the name of a desk: it is given what the check has found. Of a desk's routes
that is the `Visit`, of an operator's the `Operator`; what is nobody's business has ended here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, assert_never

from werkzeug.exceptions import HTTPException

from actors.errors import InvalidSpec
from web.access import Access, Shared
from web.auth import ME, Auth
from web.errors import WebError, not_found, translate
from web.exchange import SAFE_METHODS
from web.ids import is_share
from web.rates import Rates
from web.routes import Handler, Route
from web.sockets import POLICY_VIOLATION, turn_away
from web.strict_json import InvalidJson
from web.visit import (
    Visit,
    enter,
    enter_as_operator,
    enter_by_link,
    enter_by_session,
    enter_by_share,
)

_DESK = "<desk>"
_Find = Callable[[Auth, str], Awaitable[Visit]]
# What a command may end with before it is the desk's: a plan is made here, so what is wrong with
# one is not known to the desk either.
_REFUSED_HERE = (WebError, InvalidSpec, InvalidJson, HTTPException)


def guarded(route: Route, auth: Auth, rates: Rates) -> Handler:
    """The handler behind its check. Raises ValueError where rule and declaration disagree."""
    if not route.access.fits(names_a_desk=_DESK in route.rule):
        raise ValueError(f"{route.rule} is declared {route.access.name} and has the wrong path")
    handler = route.handler
    if route.shared is not Shared.NO and not _may_be_shared(route):
        raise ValueError(f"{route.rule} is declared shared and is not for looking at a desk")
    match route.access:
        case Access.PUBLIC | Access.CREATE_DESK:
            return handler
        case Access.DESK | Access.SESSION:
            if route.method not in SAFE_METHODS:
                handler = _counted(handler, rates)
                if not route.asks:
                    handler = _noted(handler, route.command or route.name)
            usual = enter if route.access is Access.DESK else enter_by_session
            checked = _with(handler, _shared_too(route.enter or usual, route.shared), auth)
            return _told_on_socket(checked) if route.websocket else checked
        case Access.LINK:
            return _with(handler, _look_in(enter_by_link), auth)
        case Access.SHARE:
            return _with(handler, _look_in(enter_by_share), auth)
        case Access.OPERATOR:
            return _for_operators(handler, auth)
        case _:
            assert_never(route.access)


def _with(
    handler: Handler, find: Callable[[Auth, str], Awaitable[Visit | None]], auth: Auth
) -> Handler:
    async def checked(desk: str = ME, **rest: Any) -> Any:
        return await handler(await find(auth, desk), **rest)

    return checked


def _counted(handler: Handler, rates: Rates) -> Handler:
    """What may change a desk, and so costs its owner a save, is counted against the desk."""

    async def counted(visit: Visit, **rest: Any) -> Any:
        rates.command(visit.key)
        return await handler(visit, **rest)

    return counted


def _noted(handler: Handler, command: str) -> Handler:
    """A command that is refused here never reaches the desk, whose audit log has it all the same.
    What the desk refuses itself it notes itself."""

    async def noted(visit: Visit, **rest: Any) -> Any:
        try:
            return await handler(visit, **rest)
        except _REFUSED_HERE as error:
            if (answer := translate(error)) is not None:
                visit.refused(command, answer.code)
            raise

    return noted


def _for_operators(handler: Handler, auth: Auth) -> Handler:
    async def checked(**rest: Any) -> Any:
        return await handler(enter_as_operator(auth), **rest)

    return checked


def _told_on_socket(handler: Handler) -> Handler:
    """Nobody is asking: a browser learns that from a close code, from a refused handshake not."""

    async def checked(**rest: Any) -> None:
        try:
            await handler(**rest)
        except WebError as error:
            if error.code != "unauthorized":
                raise
            await turn_away(POLICY_VIOLATION, str(error))

    return checked


def _look_in(find: _Find) -> Callable[[Auth, str], Awaitable[Visit | None]]:
    """None for "nothing here for you": a browser is shown that as a page, by the handler."""

    async def look(auth: Auth, desk: str) -> Visit | None:
        try:
            return await find(auth, desk)
        except WebError as error:
            if error.code != "not_found":
                raise
            return None

    return look


def _may_be_shared(route: Route) -> bool:
    return route.access is Access.DESK and route.method in SAFE_METHODS


def _shared_too(find: _Find, shared: Shared) -> _Find:
    """Where the route says so, a share link stands for the desk. Elsewhere it is no desk's name."""
    if shared is Shared.NO:
        return find

    async def found(auth: Auth, desk: str) -> Visit:
        if not is_share(desk):
            return await find(auth, desk)
        visit = await enter_by_share(auth, desk)
        if shared is Shared.FILES and (visit.share is None or not visit.share.files):
            raise not_found()
        return visit

    return found
