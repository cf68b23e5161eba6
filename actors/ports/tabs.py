"""The `Tabs` port: open pages of the desk's owner as workers of kind `tab`.

Implemented by `workers.tabs`; used by the front end, which speaks with the pages (`web.tab_api` and
the dialects). The desk process decides what a tab gets: a tab is told, and says how it went.

    with tabs.join(desk, capacity=1) as line:
        news = await line.wait_news()       # one task: sends what it gets
        line.answer(job_id, index, "opened")  # another: whatever the page says
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Literal, Protocol

import trio
from msgspec import Struct

from state.views import DeskKey

# What became of a URL in a tab: its page was opened, the browser's pop-up blocker stopped it, or
# it failed in another way.
TabStatus = Literal["opened", "blocked", "failed"]

# A tab that says nothing for so long is gone: what it holds goes to another one.
TAB_SILENCE_S = 30.0

# The stage of a running job that no tab is there for.
WAITS_FOR_TAB = "waits for a tab"


class TabLease(Struct, frozen=True, kw_only=True, tag="lease"):
    """One URL for one tab, to be opened now. The rest is for the page: `delay_ms` is kept by the
    pool, in a new window or a single one that is used again, one after the other or not."""

    job_id: str
    index: int
    url: str
    delay_ms: int
    new_window: bool
    sequential: bool


class TabWithdrawn(Struct, frozen=True, kw_only=True, tag="withdrawn"):
    """The URL is not this tab's any more: its job ended, or the answer took too long."""

    job_id: str
    index: int


TabNews = TabLease | TabWithdrawn


class TabLine(Protocol):
    """One connected tab. `wait_news` is for one task; the others never wait."""

    async def wait_news(self) -> Sequence[TabNews]:
        """All news since the last call, in order; at least one. To ask again says that what was
        given before is sent: a tab that does not acknowledge has opened it then."""

    def answer(self, job_id: str, index: int, status: TabStatus, error: str | None = None) -> bool:
        """How it went, for the job's outcome; it counts as a beat. False: not leased to this tab
        (any more), nothing was noted."""

    def beat(self) -> None:
        """The page is alive. To be called at least every `TAB_SILENCE_S`."""


class Tabs(Protocol):
    """All connected tabs of all desks."""

    def join(
        self, desk: DeskKey, *, capacity: int, acknowledges: bool = True
    ) -> AbstractContextManager[TabLine]:
        """A tab is there for the block, for up to `capacity` URLs at once. What it holds at the end
        goes to another tab. One that does not acknowledge is done with a URL when it is sent."""

    def count(self, desk: DeskKey) -> int:
        """Tabs of the desk that are connected and not silent."""


class NoTabs:
    """The Tabs of a server that leases nothing to pages."""

    @contextmanager
    def join(self, desk: DeskKey, *, capacity: int, acknowledges: bool = True) -> Iterator[TabLine]:
        yield IdleLine()

    def count(self, desk: DeskKey) -> int:
        return 0


class IdleLine:
    """A TabLine that never has news."""

    async def wait_news(self) -> Sequence[TabNews]:
        await trio.sleep_forever()
        raise AssertionError("sleep_forever returned")

    def answer(self, job_id: str, index: int, status: TabStatus, error: str | None = None) -> bool:
        return False

    def beat(self) -> None:
        """Nobody waits for it."""
