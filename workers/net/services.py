"""Servers that the operator named for one purpose, such as a WebUI that makes pictures.

Each is an origin of its own, with a policy that lets nothing else pass: no desk's list opens or
closes it, no request of a user's names it, and its login goes nowhere else. Made and used by
`workers.net.client`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

import msgspec

from actors.ports import HttpReply, HttpService
from executors.urls import parse_url
from workers.net.policy import Policy, parse_allow_target
from workers.net.requests import Fields, Request, compose
from workers.net.turns import Turns

T = TypeVar("T")


class ServiceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`origin` is scheme, host and port, without a path, and `prefix` what all its paths begin
    with; `authorization` the header's value; `turns` the place of the file by which workers take
    turns; `calls` how many calls it gets at once, for who counts them."""

    origin: str
    prefix: str = ""
    authorization: str = ""
    turns: str = ""
    calls: int = 16


# Requests that are remembered as they were composed, but for their bodies.
_KNOWN = 32


class Ask(Protocol):
    """Sends requests to the one origin that its policy lets pass, in a slot for each."""

    def __call__(
        self, request: Request, *, connect_timeout_s: float, read_timeout_s: float
    ) -> AbstractAsyncContextManager[HttpReply]: ...


# What asks within a policy, over connections that are kept under a key.
Opened = Callable[[Policy, str], Ask]


class Service:
    """See `actors.ports.HttpService`."""

    def __init__(self, name: str, settings: ServiceSettings, opened: Opened) -> None:
        """Raises ValueError for what is no origin."""
        self._origin = origin_of(settings.origin)
        self._ask = opened(policy_of(self._origin), f"service {name}")
        self._prefix = settings.prefix
        self._turns = Turns(settings.turns)
        self._calls = settings.calls
        # Written by `shared`.
        self._shared: dict[object, Any] = {}
        # By method, path and fields. Written by `_composed`.
        self._known: dict[tuple[str, str, Fields], Request] = {}
        login = settings.authorization
        self._login = (("authorization", login),) if login else ()

    @property
    def secrets(self) -> tuple[str, ...]:
        words = (word for _, value in self._login for word in (value, value.partition(" ")[2]))
        return tuple(word for word in words if word)

    @property
    def calls(self) -> int:
        return self._calls

    def shared(self, make: Callable[[HttpService], T]) -> T:
        if make not in self._shared:
            self._shared[make] = make(self)
        kept: T = self._shared[make]
        return kept

    def turn(self) -> AbstractAsyncContextManager[bool]:
        return self._turns.turn()

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        connect_timeout_s: float,
        read_timeout_s: float,
    ) -> AbstractAsyncContextManager[HttpReply]:
        return self._ask(
            self._composed(method, path, tuple(headers), body),
            connect_timeout_s=connect_timeout_s,
            read_timeout_s=read_timeout_s,
        )

    def _composed(self, method: str, path: str, headers: Fields, body: bytes | None) -> Request:
        """An endpoint is asked the same way a thousand times, but for the body."""
        if body is None:
            return self._new(method, path, headers, None)
        key = (method, path, headers)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            known = self._known[key] = self._new(method, path, headers, b"").with_plain()
        return known.with_body(body)

    def _new(self, method: str, path: str, headers: Fields, body: bytes | None) -> Request:
        if not path.startswith("/"):
            raise ValueError(f"{path!r} is no path from the root")
        url = parse_url(f"{self._origin}{self._prefix}{path}")
        return compose(method, url, (*self._login, *headers), body)


def origin_of(text: str) -> str:
    """The origin as requests are addressed to it. Raises ValueError with a reason."""
    url = parse_url(text)
    if url.target != "/":
        raise ValueError(f"{text!r} has more than a scheme, a host and a port")
    return url.origin


def policy_of(origin: str) -> Policy:
    """What lets requests to that origin pass, be it in private space, and no others."""
    url = parse_url(origin)
    host = f"[{url.host}]" if ":" in url.host else url.host
    return Policy(parse_allow_target(f"{host}:{url.port}"))


def named_services(settings: Mapping[str, ServiceSettings], opened: Opened) -> dict[str, Service]:
    """Raises ValueError for what is no origin."""
    return {name: Service(name, each, opened) for name, each in settings.items()}
