"""After the last kill: does all work go on by itself, and what is there in the end?

Nobody asks for anything until nothing is left to do: a desk must come back by its own marker. Then
everything is read, through the API and from the files. Used by `nightdesk.crashtest.run`.
"""

from __future__ import annotations

from collections.abc import Iterable

import trio
from msgspec import Struct

from nightdesk.crashtest.caller import Caller, Request
from nightdesk.crashtest.disk import DataFolder, KeptJob
from nightdesk.crashtest.history import History, Shown, Truth, Violation
from nightdesk.crashtest.prepare import Desks

# Work that moves in no way for so long is stuck.
STUCK_S = 60.0
_LOOK_EVERY_S = 0.25
_PAGE = 1_000
_SAMPLE = 50
_TO_GO_ON = ("queued", "running")
# Each item is of one of these, as the job's counts have it; one that a retry has yet to do again is
# pending, though its old ending is there. The failed have the poisoned among them.
_STATUSES = ("ok", "failed", "skipped", "pending")


class Final(Struct, frozen=True):
    """What the API says of a job at the end."""

    desk: int
    shown: Shown
    listed: tuple[tuple[int, str], ...]


def desks_with_work(desks: Desks) -> list[int]:
    return [*range(desks.used), *sorted(desks.waiting)]


async def wait_settled(folder: DataFolder, desks: Desks, history: History) -> None:
    """Return when no job is left that should go on, by looking at files only; or when none does."""
    seen: tuple[object, ...] = ()
    moved_at = trio.current_time()
    while True:
        jobs = await trio.to_thread.run_sync(_standing, folder, desks)
        going = [job for job in jobs if job.shown.status in _TO_GO_ON]
        if not going:
            return
        now, look = trio.current_time(), (len(history.hits), *jobs)
        if look != seen:
            seen, moved_at = look, now
        elif now - moved_at > STUCK_S:
            history.observed += [_stuck(job.shown) for job in going]
            return
        await trio.sleep(_LOOK_EVERY_S)


def _standing(folder: DataFolder, desks: Desks) -> list[KeptJob]:
    return [job for desk in desks_with_work(desks) for job in folder.jobs(desks.key(desk)).values()]


def _stuck(shown: Shown) -> Violation:
    what = f"{shown.name} is {shown.status} and nothing happens: it did not go on by itself"
    return Violation("stuck", what, shown.name)


async def read_all(caller: Caller, desks: Desks, history: History) -> list[Final]:
    """Every job of the desks with work, and of some idle ones. There is no excuse any more for a
    desk that does not answer: what it was told to keep is lost to its user."""
    found = []
    for desk in [*desks_with_work(desks), *desks.idle[:_SAMPLE]]:
        snapshot = await caller.ask(Request(desk=desk, action="snapshot"))
        if snapshot.result != "acked":
            what = f"desk {desk} does not answer in the end: {snapshot.code}"
            history.observed.append(Violation("lost", what))
        for shown in snapshot.shown:
            pages = [await caller.ask(_page(desk, shown, status)) for status in _STATUSES]
            listed = [item for page in pages for item in page.items]
            found.append(Final(desk, shown, tuple(listed)))
    return found


def _page(desk: int, shown: Shown, status: str) -> Request:
    return Request(
        desk=desk,
        action="items",
        path=f"/jobs/{shown.id}/items",
        params={"limit": _PAGE, "status": status},
        job=shown.name,
    )


def truths(finals: Iterable[Final], folder: DataFolder, desks: Desks) -> Iterable[Truth]:
    """What files and API say, side by side; the server has stopped."""
    for final in finals:
        key = desks.key(final.desk)
        kept = folder.jobs(key).get(final.shown.id)
        yield Truth(
            name=final.shown.name,
            desk=final.desk,
            run=0 if kept is None else kept.run,
            shown=final.shown,
            lines=folder.lines(key, final.shown.id),
            listed=final.listed,
            counted_on_disk=Shown("", "", "missing") if kept is None else kept.shown,
        )


def changed_idle(before: dict[int, bytes], folder: DataFolder, desks: Desks) -> Iterable[Violation]:
    """Desks that nobody uses are never written."""
    for desk, was in before.items():
        if folder.desk_bytes(desks.key(desk)) != was:
            yield Violation("lost", f"the file of desk {desk}, which nobody used, was written")
