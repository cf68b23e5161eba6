"""Talks to the WebUI that the operator named: one call at a time, its progress, its interruption.

Used in a worker for the network. Answers are bounded, redirects are not followed, and the login is
the tool's: it is not known here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import trio

from actors.ports import (
    HttpConnectError,
    HttpError,
    HttpReply,
    HttpService,
    HttpTimeout,
)
from executors.statuses import is_worth_retrying, status_text
from executors.webui.answers import Progress, error_of, read_progress

PROGRESS = "/sdapi/v1/progress?skip_current_image=true"
INTERRUPT = "/sdapi/v1/interrupt"

MAX_ANSWER_BYTES = 64 * 1024 * 1024
MAX_PROGRESS_BYTES = 1024 * 1024
MAX_ERROR_BYTES = 64 * 1024
# For what a WebUI that lives says at once; while a model is loaded it takes its time.
QUICK_S = 10.0
INTERRUPT_S = 2.0
NO_API = "what answers is no WebUI with an API: it is started with --api"

_JSON = (("content-type", "application/json"),)
# A WebUI that starts, or a proxy before one that is not there.
_NOT_UP = frozenset({502, 503, 504})


class NotUp(Exception):
    """No WebUI is there now; it may be later. `listens`: something is at its address."""

    def __init__(self, message: str, *, listens: bool) -> None:
        super().__init__(message)
        self.listens = listens


class Failed(Exception):
    """The call has failed; the message is fit for the user. `retry`: another may do better."""

    def __init__(self, message: str, *, retry: bool = False) -> None:
        super().__init__(message)
        self.retry = retry


class WebUI:
    """One WebUI. Holds nothing between its requests."""

    def __init__(self, service: HttpService) -> None:
        self._service = service

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """To be held around `call`: an interruption stops whatever it is making, whoever asked.
        Raises NotUp, Failed: it is looked at first, for it may have gone since the turn before."""
        async with self._service.turn() as was_left:
            seen = await self.look()
            if was_left and seen is not None and seen.is_of_api:
                # Nobody waits for it any more. What somebody makes by hand is left alone.
                await self.interrupt()
            yield

    async def look(self, timeout_s: float = QUICK_S) -> Progress | None:
        """What it is at. Raises NotUp where nobody answers, Failed where somebody else does."""
        try:
            status, body = await self._quick("GET", PROGRESS, timeout_s)
        except HttpConnectError as error:
            raise NotUp(str(error), listens=False) from error
        except HttpTimeout as error:
            raise NotUp(str(error), listens=True) from error
        except HttpError as error:
            raise Failed(str(error)) from error
        if status in _NOT_UP:
            raise NotUp(status_text(status), listens=True)
        if status != 200:
            raise _refused(status, body, NO_API)
        return read_progress(body)

    async def call(
        self, path: str, request: object, timeout_s: float, *, missing: str = NO_API
    ) -> bytes:
        """Have it done, and the answer's body. Raises Failed, with `missing` where there is no such
        path. A call that ends without an answer is interrupted: whoever asked is cancelled, or out
        of patience."""
        asked = await trio.to_thread.run_sync(msgspec.json.encode, request)
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
            raise _refused(status, body, missing)
        return body

    async def get(self, path: str, *, missing: str = NO_API) -> bytes:
        """What it has. Raises Failed."""
        try:
            status, body = await self._quick("GET", path, QUICK_S)
        except HttpError as error:
            raise Failed(str(error), retry=True) from error
        if status != 200:
            raise _refused(status, body, missing)
        return body

    async def interrupt(self) -> None:
        """Have it stop what it makes, if it still listens: there is nobody left to be told."""
        try:
            await self._ask("POST", INTERRUPT, b"{}", INTERRUPT_S, MAX_ERROR_BYTES)
        except (HttpError, Failed):
            return

    async def _quick(self, method: str, path: str, timeout_s: float) -> tuple[int, bytes]:
        """All of it in that time, however slowly it comes. Raises HttpError."""
        with trio.move_on_after(timeout_s):
            return await self._ask(method, path, None, timeout_s, MAX_PROGRESS_BYTES)
        raise HttpTimeout(f"the WebUI took longer than {timeout_s:g} s")

    async def _ask(
        self, method: str, path: str, body: bytes | None, timeout_s: float, max_bytes: int
    ) -> tuple[int, bytes]:
        async with self._service.request(
            method,
            path,
            headers=_JSON if body is not None else (),
            body=body,
            connect_timeout_s=min(QUICK_S, timeout_s),
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


def _refused(status: int, body: bytes, missing: str) -> Failed:
    words = error_of(body)
    if status in (401, 403):
        return Failed(f"the WebUI refuses the login ({status}): see --webui-auth-file")
    if status == 404 and words in ("", "Not Found"):
        return Failed(missing)
    if 300 <= status < 400:
        return Failed(f"the WebUI answered with a redirect ({status}), which is not followed")
    said = f"the WebUI answered {status_text(status)}"
    return Failed(f"{said}: {words}" if words else said, retry=is_worth_retrying(status))
