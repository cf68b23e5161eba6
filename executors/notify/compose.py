"""In a helper's jail: what a service would send, one request after the other.

Nothing is sent here. Requests of the service end in `_Carrier`, which gives the replies that are
known, and ends the step where one is not. The next step starts from the beginning.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import msgspec
import requests
from apprise import Apprise, NotifyFormat, NotifyType
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from executors.notify.item import Progress, Replied, Settled, Step, Wanted
from executors.notify.targets import opened, silence

# Redirects are not followed: a service that is elsewhere now is one that its operator should know.
# Bodies come as they are when they have been unpacked.
_NOT_GIVEN = frozenset({"location", "content-encoding", "content-length", "transfer-encoding"})
# Said by the connection itself.
_OF_THE_LINE = frozenset({"connection", "content-length", "accept-encoding", "host"})

silence()
# Reads the modules of all services, which takes a second and the files that they import.
Apprise.instantiate("json://localhost")


class _Unknown(BaseException):
    """The service has sent a request whose reply is not known. No error that it may handle."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__()
        self.wanted = wanted


def compose(data: bytes) -> bytes:
    """From a Step, the Progress."""
    step = msgspec.msgpack.decode(data, type=Step)
    carrier = _Carrier()
    with _carried(carrier):
        try:
            progress = _progress(step, carrier)
        finally:
            # Services sign out when they are let go: not during the next step, whose replies that
            # would take.
            gc.collect()
    return msgspec.msgpack.encode(progress)


def _progress(step: Step, carrier: _Carrier) -> Progress:
    told = step.telling
    try:
        service = opened(told.target)
    except ValueError as error:
        return Settled(taken=False, fault=f"it {error}")
    box = Apprise()
    box.add(service)
    try:
        with carrier.giving(step.replies):
            taken = box.notify(
                title=told.title,
                body=told.body,
                notify_type=NotifyType.WARNING if told.worrying else NotifyType.SUCCESS,
                body_format=NotifyFormat.TEXT,
            )
    except _Unknown as unknown:
        return unknown.wanted
    return Settled(taken=bool(taken))


class _Carrier(HTTPAdapter):
    """Stands where requests connects."""

    def __init__(self) -> None:
        super().__init__()
        # What there is to give; None: to nobody. Written by `giving`, shortened by `send`.
        self._left: list[Replied] | None = None

    @contextmanager
    def giving(self, replies: tuple[Replied, ...]) -> Iterator[None]:
        self._left = list(replies)
        gc.disable()
        try:
            yield
        finally:
            gc.enable()
            self._left = None

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        if self._left is None:
            raise requests.ConnectionError("it is over")
        if not self._left:
            raise _Unknown(_wanted(request))
        return self.build_response(request, _raw(self._left.pop(0)))


@contextmanager
def _carried(carrier: _Carrier) -> Iterator[None]:
    """Every session of requests goes by `carrier`: also those that a service makes itself."""
    connecting = requests.Session.get_adapter

    def carry(*_: Any, **__: Any) -> HTTPAdapter:
        return carrier

    requests.Session.get_adapter = carry  # type: ignore[method-assign]
    try:
        yield
    finally:
        requests.Session.get_adapter = connecting  # type: ignore[method-assign]


def _wanted(request: requests.PreparedRequest) -> Wanted:
    # Files would be sent in pieces; no notice has any.
    body = request.body if isinstance(request.body, str | bytes) else b""
    return Wanted(
        method=request.method or "GET",
        url=request.url or "",
        headers=tuple(
            (name, value.decode("latin-1") if isinstance(value, bytes) else str(value))
            for name, value in request.headers.items()
            if name.lower() not in _OF_THE_LINE
        ),
        body=body.encode() if isinstance(body, str) else body,
    )


def _raw(reply: Replied) -> HTTPResponse:
    headers = [(name, value) for name, value in reply.headers if name.lower() not in _NOT_GIVEN]
    return HTTPResponse(
        BytesIO(reply.body), HTTPHeaderDict(headers), reply.status, preload_content=False
    )
