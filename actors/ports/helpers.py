"""The tool by which a worker has bytes computed that nobody vouches for, in a process that can end.

Implemented by `workers.helpers.pool`, in workers of the pools `net` and `browser`.
"""

from __future__ import annotations

from typing import Protocol


class HelperStopped(Exception):
    """The work came to nothing: it reached a limit, or its process died. The message is fit for
    the user."""


class Helpers(Protocol):
    """Processes beside the worker's loop, each with one piece of work at a time. One that reaches a
    limit of time or memory is killed; the worker and its other items go on."""

    @property
    def max_bytes(self) -> int:
        """How much `run` takes of whatever is hostile."""

    async def run(self, work: str, data: bytes) -> bytes:
        """What the function `work` ("package.module:function") makes of `data`. The answer comes
        from a process that hostile bytes have been in: it is to be checked like them. Raises
        HelperStopped."""
