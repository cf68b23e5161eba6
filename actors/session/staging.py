"""Bringing the files of a new job to disk, beside the session's loop.

Run by the session as a child task for each create, so that 100,000 items delay no other command.
"""

from __future__ import annotations

from actors.errors import ActorError, LimitReached, StorageUnavailable
from actors.house import House
from actors.messages import CreateJob
from actors.ports import DeskKey
from actors.session.mailbox import Letter, Mailbox
from actors.session.roster import Roster
from state.errors import DeskTooLarge, QuotaReached, StorageError, StorageFull, StorageReadOnly


async def stage(
    desk: DeskKey,
    house: House,
    mailbox: Mailbox,
    roster: Roster,
    letter: Letter,
    command: CreateJob,
) -> None:
    """Write inputs and secrets, then hand the letter back to be decided; or refuse it."""
    plan = command.plan
    try:
        await house.store.write_inputs(desk, command.job_id, plan.items)
        if plan.secrets:
            await house.store.save_secrets(desk, command.job_id, plan.secrets)
    except StorageError as error:
        await roster.delete_files(command.job_id)
        mailbox.answer(letter, unavailable(error))
    else:
        mailbox.staged(letter, command)


def unavailable(error: StorageError) -> ActorError:
    """What a sender is told of a failing disk, or of a desk that is full itself."""
    if isinstance(error, QuotaReached):
        return _no_room(error)
    if isinstance(error, DeskTooLarge):
        return LimitReached("the desk holds too much: delete jobs first")
    if isinstance(error, StorageFull | StorageReadOnly):
        said = "the change could not be made durable and was not done"
    else:
        said = "whether the change was made durable is not known: look before you repeat it"
    return StorageUnavailable(said, full=isinstance(error, StorageFull))


def _no_room(error: QuotaReached) -> LimitReached:
    """Nobody is told to delete jobs where that would not help."""
    needed = f"{error.needed_bytes:,} bytes"
    if error.fits_never:
        limit = f"a desk may have {error.limit_bytes:,} in all"
        said = f"this job is too big for this desk: it needs {needed}, {limit}"
    else:
        said = f"{error}; this job needs {needed} more: delete jobs first"
    return LimitReached(
        said,
        used_bytes=error.used_bytes,
        needed_bytes=error.needed_bytes,
        limit_bytes=error.limit_bytes,
    )
