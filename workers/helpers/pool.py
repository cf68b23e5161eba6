"""The helpers of one net worker: the `Helpers` port. Opened by `workers.host`.

There are few of them, started on first need, and each has one piece of work at a time. A job has
all but one of them at most, so that one whose work always reaches the limit of time keeps no other
job waiting. No task watches them: whoever asks takes one that is idle, and ends it where it fails.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import trio
from msgspec import Struct

from actors.ports import HelperStopped
from state.files import FOLDER_MODE
from workers.helpers.launch import Helper, HelperEnded, start
from workers.helpers.wire import MAX_ANSWER_BYTES, Answer, BadFrame, Ready, Setup, decoded
from workers.jail.scratch import ScratchFolders
from workers.jail.settings import JailMode, JailSettings
from workers.launch import describe_exit

T = TypeVar("T")

# Python, the libraries and the jail; a busy machine takes its time.
START_TIMEOUT_S = 20.0
# Its last words and its death.
END_TIMEOUT_S = 10.0
_OPEN_FILES = 64
_PROCESSES = 16


class HelperSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What `open_helpers` takes, as a dict over the worker's first frame.

    `scratch` is the folder for the folders of the helpers. `python_path` and `readable` add to what
    they may import and read.
    """

    scratch: str
    jail: JailMode = "on"
    processes: int = 2
    time_s: float = 2.0
    memory_bytes: int = 512 * 1024 * 1024
    max_bytes: int = 4 * 1024 * 1024
    max_answer_bytes: int = MAX_ANSWER_BYTES
    python_path: tuple[str, ...] = ()
    readable: tuple[str, ...] = ()


@asynccontextmanager
async def open_helpers(settings: dict[str, Any]) -> AsyncIterator[HelperPool]:
    """The helpers of this process; all are dead when it is left. Raises msgspec.ValidationError for
    bad settings."""
    pool = HelperPool(msgspec.convert(settings, HelperSettings))
    try:
        yield pool
    finally:
        await pool.aclose()


class HelperPool:
    """What all jobs of a worker share."""

    def __init__(self, settings: HelperSettings) -> None:
        self.settings = settings
        self._jail = JailSettings(
            mode=settings.jail,
            memory_bytes=settings.memory_bytes,
            item_cpu_s=0,  # of no use to those whose every piece of work is timed from outside
            file_bytes=0,
            open_files=_OPEN_FILES,
            processes=_PROCESSES,
            readable=settings.readable,
        )
        self._folders = ScratchFolders(Path(settings.scratch))
        self._free = trio.CapacityLimiter(settings.processes)
        # By what they do. Written by `run`, and by `aclose` when no item runs any more.
        self._idle: list[tuple[str, Helper]] = []

    def for_job(self) -> JobHelpers:
        """The share of one job."""
        return JobHelpers(self)

    async def run(self, work: str, data: bytes) -> bytes:
        """See `Helpers.run`; in the order in which it was asked for."""
        async with self._free:
            helper = await self._taken(work)
            answer = await self._asked(helper, data, Answer, self.settings.time_s)
            self._idle.append((work, helper))
        if answer.limit is not None:
            raise HelperStopped(answer.limit)
        return answer.data

    async def aclose(self) -> None:
        """End those that are idle. None is at work any more."""
        while self._idle:
            await self._end(self._idle.pop()[1])

    @property
    def idle_pids(self) -> list[int]:
        return [helper.pid for _, helper in self._idle]

    async def _taken(self, work: str) -> Helper:
        """One that does this work and nothing else now. Raises HelperStopped."""
        for place, (known, helper) in enumerate(self._idle):
            if known == work:
                del self._idle[place]
                return helper
        if len(self._idle) >= self.settings.processes:
            await self._end(self._idle.pop(0)[1])
        return await self._started(work)

    async def _started(self, work: str) -> Helper:
        try:
            helper = self._start()
        except OSError as error:
            raise HelperStopped(f"no process could be started for it: {error}") from error
        setup = msgspec.msgpack.encode(Setup(self._jail, work))
        try:
            ready = await self._asked(helper, setup, Ready, START_TIMEOUT_S)
        except HelperStopped as stopped:
            raise HelperStopped(f"its process did not start: {stopped}") from stopped
        if ready.lack is not None:
            await self._end(helper)
            raise HelperStopped(ready.lack)
        return helper

    def _start(self) -> Helper:
        Path(self.settings.scratch).mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        folder = self._folders.make()
        try:
            settings = self.settings
            return start(folder, settings.python_path, settings.max_answer_bytes)
        except BaseException:
            folder.rmdir()
            raise

    async def _asked(self, helper: Helper, data: bytes, kind: type[T], time_s: float) -> T:
        """Its answer. One that gives none is ended, also where nobody waits for it any more. Raises
        HelperStopped."""
        answer: T | None = None
        bad: BadFrame | None = None
        code: int | None = None
        try:
            with trio.move_on_after(time_s):
                answer = decoded(await helper.ask(data), kind)
        except BadFrame as error:
            bad = error
        finally:
            if answer is None:
                with trio.move_on_after(END_TIMEOUT_S, shield=True):
                    if isinstance(bad, HelperEnded):
                        await helper.wait_last_words()
                    code = await self._end(helper)
        if bad is not None:
            raise HelperStopped(f"its process: {bad} ({describe_exit(code)})") from bad
        if answer is None:
            raise HelperStopped(f"took longer than {time_s:g} s")
        return answer

    async def _end(self, helper: Helper) -> int | None:
        helper.kill()
        code = await helper.wait_dead()
        try:
            self._folders.remove(helper.folder)
        except OSError as error:
            # The next start of the server removes it; our stderr is the server's log.
            sys.stderr.write(f"the folder of a helper is left behind: {error}\n")
            sys.stderr.flush()
        return code


class JobHelpers:
    """See `actors.ports.Helpers`: the share of one job."""

    def __init__(self, pool: HelperPool) -> None:
        self._pool = pool
        self._turns = trio.CapacityLimiter(max(1, pool.settings.processes - 1))

    @property
    def max_bytes(self) -> int:
        return self._pool.settings.max_bytes

    async def run(self, work: str, data: bytes) -> bytes:
        async with self._turns:
            return await self._pool.run(work, data)
