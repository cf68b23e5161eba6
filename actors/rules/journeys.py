"""The journeys that a desk keeps. Pure; used by the session and by other rules."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from actors.errors import JourneysChanged, LimitReached
from actors.messages import JourneysLearned
from actors.rules.change import Change, Moment
from actors.settings import SetJourneys
from state.digests import digest_of
from state.journeys import MAX_BYTES, encode_journeys
from state.model import TERMINAL, DeskState, Job, JourneyBook


def kept(state: DeskState, command: SetJourneys, moment: Moment) -> DeskState:
    """The desk with those journeys. Raises JourneysChanged, LimitReached."""
    book = state.journeys
    present = None if book is None else book.digest
    if command.replaces is not UNSET and command.replaces != present:
        raise JourneysChanged("the journeys were changed meanwhile: read them again")
    data = encode_journeys(command.journeys)
    if len(data) > MAX_BYTES:
        raise LimitReached(
            f"these journeys take up {len(data):,} bytes; a desk keeps at most {MAX_BYTES:,}",
            limit=MAX_BYTES,
        )
    settled = {} if book is None else _of_jobs(state, book.settled)
    digest, count = digest_of(data), len(command.journeys)
    return replace(
        state, journeys=JourneyBook(digest, count, len(data), set_at=moment.now, settled=settled)
    )


def learned(state: DeskState, fact: JourneysLearned) -> Change:
    """The journeys have learned of the ends of jobs. What was learned by others than the present
    ones counts for nothing: those learn anew."""
    book = state.journeys
    if book is None or book.digest != fact.replaces:
        return Change(state)
    settled = _of_jobs(state, {**book.settled, **fact.settles})
    book = replace(book, digest=fact.digest, size_bytes=fact.size_bytes, settled=settled)
    return Change(state if book == state.journeys else replace(state, journeys=book))


def _of_jobs(state: DeskState, settled: dict[str, int]) -> dict[str, int]:
    """What a job that is gone has taught needs no remembering."""
    return {job_id: run for job_id, run in settled.items() if job_id in state.jobs}


def is_settled(book: JourneyBook | None, job: Job) -> bool:
    """Whether there is nothing in the ended job that the desk's journeys have yet to learn."""
    if not job.of_journeys or book is None:
        return True
    return book.settled.get(job.id) == job.run


def unsettled(state: DeskState) -> tuple[Job, ...]:
    """The ended jobs whose ends the desk's journeys have yet to learn, in order of arrival."""
    book = state.journeys
    return tuple(
        job for job in state.jobs.values() if job.status in TERMINAL and not is_settled(book, job)
    )
