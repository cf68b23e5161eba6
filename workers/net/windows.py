"""Room for the windows of br and zstd: how many responses may keep a large one at once.

One response costs 16 MiB at most, and a process reads thousands of them at once. What has decoded
little keeps little; beyond that a response waits for room, of its job and of the process, so that
no job takes all of it. Used by `workers.net.replies`.
"""

from __future__ import annotations

import trio

# Up to this much of a response is decoded without room.
SMALL_BYTES = 512 * 1024
# Times 16 MiB: what the windows of one process come to, at the most.
IN_ALL = 48
OF_A_JOB = 16


class WindowRoom:
    """The room of one job, within that of the process. Who has entered must leave."""

    def __init__(self, in_all: trio.Semaphore | None = None) -> None:
        self._in_all = in_all if in_all is not None else trio.Semaphore(IN_ALL)
        self._of_job = trio.Semaphore(OF_A_JOB)

    def for_job(self) -> WindowRoom:
        return WindowRoom(self._in_all)

    async def enter(self) -> None:
        """Waits as long as there is none; whoever reads a response has a deadline."""
        await self._of_job.acquire()
        try:
            await self._in_all.acquire()
        except BaseException:
            self._of_job.release()
            raise

    def leave(self) -> None:
        self._in_all.release()
        self._of_job.release()
