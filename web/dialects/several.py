"""One command to many jobs of a desk, for dialects whose clients end or delete several at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import trio

from actors.errors import ActorError
from actors.messages import JobView
from web.visit import Visit

# Less than half of a mailbox as it usually is. Of 10,000 jobs each save writes all that are left:
# with few at once it is the saves that take the time.
_AT_ONCE = 100


async def each(
    visit: Visit, views: Sequence[JobView], act: Callable[[JobView], Awaitable[bool]]
) -> int:
    """For a few at a time: they share a save, and leave room in the desk's mailbox. Tells for how
    many it was done; one that is gone meanwhile needs nothing. Raises the first error."""
    done: list[bool] = []
    errors: list[ActorError] = []

    async def attempt(view: JobView) -> None:
        try:
            done.append(await act(view))
        except ActorError as error:
            if view.job.id in visit.desk.published.jobs:
                errors.append(error)

    for first in range(0, len(views), _AT_ONCE):
        async with trio.open_nursery() as nursery:
            for view in views[first : first + _AT_ONCE]:
                nursery.start_soon(attempt, view)
        if errors:
            raise errors[0]
    return sum(done)
