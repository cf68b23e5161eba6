"""Talks to the WebUI that the operator named: one call that makes, its progress, its interruption.

Used by `executors.generate.run`, in a worker for the network. Answers are bounded, redirects are
not followed, and the login is the tool's: it is not known here.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import msgspec
import trio

from actors.ports import (
    HttpConnectError,
    HttpError,
    HttpReply,
    HttpService,
    HttpTimeout,
)
from executors.generate.answers import (
    BadAnswer,
    Made,
    Progress,
    error_of,
    read_made,
    read_progress,
)
from executors.generate.requests import INTERRUPT, PROGRESS
from executors.statuses import is_worth_retrying, status_text

NOT_NAMED = "the operator has named no WebUI: start the server with --webui http://HOST:PORT"

MAX_ANSWER_BYTES = 64 * 1024 * 1024
MAX_PROGRESS_BYTES = 1024 * 1024
MAX_ERROR_BYTES = 64 * 1024
# For what a WebUI that lives says at once; while a model is loaded it takes its time.
QUICK_S = 10.0
INTERRUPT_S = 2.0

_JSON = (("content-type", "application/json"),)
# A WebUI that starts, or a proxy before one that is not there.
_NOT_UP = frozenset({502, 503, 504})


class NotUp(Exception):
    """No WebUI is there now; it may be later."""


class Failed(Exception):
    """The call has failed; the message is fit for the user. `retry`: another may do better."""

    def __init__(self, message: str, *, retry: bool = False) -> None:
        super().__init__(message)
        self.retry = retry


class WebUI:
    """One WebUI. Holds nothing between its requests."""

    def __init__(self, service: HttpService) -> None:
        self._service = service

    def turn(self) -> AbstractAsyncContextManager[object]:
        """To be held around `make`: an interruption stops whatever it is making, whoever asked."""
        return self._service.turn()

    async def look(self) -> Progress | None:
        """What it is at. Raises NotUp where nobody answers, Failed where somebody else does."""
        try:
            status, body = await self._ask("GET", PROGRESS, None, QUICK_S, MAX_PROGRESS_BYTES)
        except (HttpConnectError, HttpTimeout) as error:
            raise NotUp(str(error)) from error
        except HttpError as error:
            raise Failed(str(error)) from error
        if status in _NOT_UP:
            raise NotUp(status_text(status))
        if status != 200:
            raise _refused(status, body)
        return read_progress(body)

    async def make(self, path: str, request: object, wanted: int, timeout_s: float) -> Made:
        """Have it made. Raises Failed. A call that ends without an answer is interrupted: whoever
        asked is cancelled, or out of patience."""
        asked = msgspec.json.encode(request)
        answer: tuple[int, bytes] | None = None
        try:
            with trio.move_on_after(timeout_s):
                answer = await self._ask("POST", path, asked, timeout_s, MAX_ANSWER_BYTES)
        except HttpError as error:
            raise Failed(str(error), retry=True) from error
        finally:
            if answer is None:
                with trio.move_on_after(INTERRUPT_S, shield=True):
                    await self.interrupt()
        if answer is None:
            raise Failed(f"the WebUI took longer than {timeout_s:g} s", retry=True)
        status, body = answer
        if status != 200:
            raise _refused(status, body)
        try:
            # Tens of megabytes of base64 are not for the worker's loop.
            return await trio.to_thread.run_sync(read_made, body, wanted)
        except BadAnswer as error:
            raise Failed(str(error), retry=True) from error

    async def interrupt(self) -> None:
        """Have it stop what it makes, if it still listens: there is nobody left to be told."""
        try:
            await self._ask("POST", INTERRUPT, b"{}", INTERRUPT_S, MAX_ERROR_BYTES)
        except (HttpError, Failed):
            return

    async def _ask(
        self, method: str, path: str, body: bytes | None, timeout_s: float, max_bytes: int
    ) -> tuple[int, bytes]:
        async with self._service.request(
            method,
            path,
            headers=_JSON if body is not None else (),
            body=body,
            connect_timeout_s=QUICK_S,
            read_timeout_s=timeout_s,
        ) as reply:
            most = max_bytes if reply.status_code == 200 else min(max_bytes, MAX_ERROR_BYTES)
            return reply.status_code, await _body(reply, most)


async def _body(reply: HttpReply, max_bytes: int) -> bytes:
    """All of it; of an error, the first of it."""
    pieces: list[bytes] = []
    left = max_bytes
    async for piece in reply.iter_bytes():
        pieces.append(piece[:left])
        left -= len(piece)
        if left < 0:
            if reply.status_code == 200:
                raise Failed(f"the WebUI's answer is larger than {max_bytes} bytes")
            break
    return b"".join(pieces)


def _refused(status: int, body: bytes) -> Failed:
    if status in (401, 403):
        return Failed(f"the WebUI refuses the login ({status}): see --webui-auth-file")
    if status == 404:
        return Failed("what answers is no WebUI with an API: it is started with --api")
    if 300 <= status < 400:
        return Failed(f"the WebUI answered with a redirect ({status}), which is not followed")
    words = error_of(body)
    said = f"the WebUI answered {status_text(status)}"
    return Failed(f"{said}: {words}" if words else said, retry=is_worth_retrying(status))
