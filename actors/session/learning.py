"""What a desk's journeys learn of jobs that ended: read from their outcomes, kept in a new file.

Run by `actors.session.shelf` as a child task of the session, which then saves the state that names
the file. Until that is saved nothing has been learned, and all of it is done again.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import trio

from actors.house import House
from actors.messages import JourneysLearned
from actors.ports import DeskKey
from state.digests import digest_of
from state.errors import JobFilesMissing, JourneysMissing, StorageError
from state.journeys import (
    Journey,
    decode_journeys,
    encode_bounded,
    ending_of,
    fold,
)
from state.model import Job, JourneyBook

# After a failure of the disk, how long until the next try: at first, and at most.
RETRY_S = 1.0
RETRY_MAX_S = 60.0
# Results may have a megabyte each.
BATCH = 8


async def learn(
    desk: DeskKey, house: House, book: JourneyBook, jobs: Sequence[Job]
) -> JourneysLearned:
    """Have the journeys of that book learn how the jobs ended; tries until the disk lets it."""
    wait_s = RETRY_S
    while True:
        try:
            return await _learn(desk, house, book, jobs)
        except StorageError as error:
            if wait_s == RETRY_S:
                _warn(house, desk, "journeys wait for the disk to learn of a job", error)
        await trio.sleep(wait_s)
        wait_s = min(2 * wait_s, RETRY_MAX_S)


async def _learn(
    desk: DeskKey, house: House, book: JourneyBook, jobs: Sequence[Job]
) -> JourneysLearned:
    settles = {job.id: job.run for job in jobs}
    try:
        before = decode_journeys(await house.store.read_journeys(desk, book.digest))
    except (JourneysMissing, msgspec.DecodeError) as error:
        # There is nobody to learn: what their user puts in their place has the last word anyway.
        _warn(house, desk, "damaged journeys learn nothing", error)
        return JourneysLearned(book.digest, book.digest, book.size_bytes, settles)
    taught = before
    for job in jobs:
        taught = await _taught(desk, house, taught, job, since=book.set_at)
    if taught == before:
        return JourneysLearned(book.digest, book.digest, book.size_bytes, settles)
    data = encode_bounded(before, taught)
    await house.store.save_journeys(desk, data, learned=True)
    return JourneysLearned(book.digest, digest_of(data), len(data), settles)


async def _taught(
    desk: DeskKey, house: House, journeys: tuple[Journey, ...], job: Job, *, since: float
) -> tuple[Journey, ...]:
    """As far as the outcomes of the job can be read."""
    try:
        async for batch in house.store.iter_outcomes(desk, job.id, batch=BATCH):
            found = [ending_of(record, item) for record, item in batch]
            journeys = fold(journeys, filter(None, found), since=since)
    except JobFilesMissing as error:
        _warn(house, desk, "journeys could not learn of a job", error)
    return journeys


def _warn(house: House, desk: DeskKey, event: str, error: Exception) -> None:
    house.log.warning(event, desk=desk[:8], error=str(error))
