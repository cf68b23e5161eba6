"""What the runs of a crawl have read by the helper of their worker. Its answers are checked as what
they are: from a process that a stranger's bytes have been in.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from actors.ports import Helpers, HelperStopped
from executors.crawl.wire import WORK, Answer, Task

T = TypeVar("T", bound=Answer)


class Unread(Exception):
    """It could not be read; the message is fit for the user."""


class Reader:
    """The helper's share of one job."""

    def __init__(self, helpers: Helpers) -> None:
        self._helpers = helpers

    @property
    def max_bytes(self) -> int:
        """How much of a body is looked at."""
        return self._helpers.max_bytes

    async def ask(self, task: Task, kind: type[T]) -> T:
        """Raises Unread."""
        try:
            data = await self._helpers.run(WORK, msgspec.msgpack.encode(task))
            return msgspec.msgpack.decode(data, type=kind)
        except HelperStopped as stopped:
            raise Unread(str(stopped)) from stopped
        except (msgspec.DecodeError, RecursionError) as error:
            raise Unread(f"a broken answer ({error})") from error
