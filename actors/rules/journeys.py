"""The journeys that a desk keeps. Pure; used by `actors.rules.jobs` and `.retention`."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from actors.errors import JourneysChanged
from actors.messages import SetJourneys
from state.journeys import digest_of, encode_journeys
from state.model import DeskState, Job, JourneyBook


def kept(state: DeskState, command: SetJourneys) -> DeskState:
    """The desk with those journeys, and with what they have learned. Raises JourneysChanged."""
    book = state.journeys
    present = None if book is None else book.digest
    if command.replaces is not UNSET and command.replaces != present:
        raise JourneysChanged("the journeys were changed meanwhile: read them again")
    data = encode_journeys(command.journeys)
    settled = {**({} if book is None else book.settled), **command.settles}
    # What a job that is gone has taught needs no remembering.
    settled = {job_id: run for job_id, run in settled.items() if job_id in state.jobs}
    digest = digest_of(data)
    return replace(state, journeys=JourneyBook(digest, len(command.journeys), len(data), settled))


def is_settled(state: DeskState, job: Job) -> bool:
    """Whether there is nothing in the ended job that the desk's journeys have yet to learn."""
    if not job.of_journeys:
        return True
    return state.journeys is not None and state.journeys.settled.get(job.id) == job.run
