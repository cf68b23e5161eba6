"""Bringing the files of a new job to disk, and removing some of a job, beside the session's loop.

Run by the session as a child task for each such command, so that 100,000 items delay no other.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from actors.errors import ActorError, InvalidSpec, LimitReached, StorageUnavailable
from actors.house import House
from actors.messages import Changed, CreateJob, RemoveArtifacts, RepeatJob
from actors.notices import SetWebhooks
from actors.ports import DeskKey
from actors.rules.jobs import files_in_use
from actors.rules.repeats import given
from actors.session.mailbox import JobStagedCommand, Letter, Mailbox
from actors.session.roster import Roster
from actors.settings import SetProxies
from state.desks import JOURNEYS
from state.errors import (
    ArtifactsInUse,
    DeskTooLarge,
    JobFilesMissing,
    QuotaReached,
    StorageError,
    StorageFull,
    StorageReadOnly,
)
from state.model import DeskState


async def stage(
    desk: DeskKey,
    house: House,
    mailbox: Mailbox,
    roster: Roster,
    letter: Letter,
    command: JobStagedCommand,
    state: DeskState,
) -> None:
    """Bring or remove the files, then hand the letter back to be decided; or refuse it. `state` is
    the desk as it stands."""
    if isinstance(command, RemoveArtifacts):
        await _thin(desk, house, mailbox, letter, command)
        return
    made = command.new_id if isinstance(command, RepeatJob) else command.job_id
    try:
        if isinstance(command, RepeatJob) and command.changed is not None:
            await _copy_changed(desk, house, command, command.changed)
        elif isinstance(command, RepeatJob):
            await _copy(desk, house, command, given(state.jobs[command.job_id]))
        else:
            await _write(desk, house, command)
    except StorageError as error:
        await roster.delete_files(made)
        mailbox.answer(letter, unavailable(error))
    except InvalidSpec as error:
        await roster.delete_files(made)
        mailbox.answer(letter, error)
    else:
        mailbox.staged(letter, command)


async def _thin(
    desk: DeskKey, house: House, mailbox: Mailbox, letter: Letter, command: RemoveArtifacts
) -> None:
    try:
        removed = await house.store.remove_artifacts(desk, command.job_id, command.names)
    except StorageError as error:
        mailbox.answer(letter, unavailable(error))
    except ArtifactsInUse:
        mailbox.answer(letter, files_in_use())
    except JobFilesMissing:
        # The job was deleted meanwhile, or has lost them all: there is none of them.
        mailbox.staged(letter, replace(command, removed=0))
    else:
        mailbox.staged(letter, replace(command, removed=removed))


async def _copy(desk: DeskKey, house: House, command: RepeatJob, items: int) -> None:
    try:
        await house.store.copy_inputs(desk, command.job_id, command.new_id, first=items)
    except JobFilesMissing as error:
        raise InvalidSpec(f"the job cannot be done once more: {error}") from error


async def _copy_changed(desk: DeskKey, house: House, command: RepeatJob, changed: Changed) -> None:
    """Its items come with it; the files that those share, and the secrets, are the other's."""
    plan, first = changed.plan, len(changed.plan.items)
    await house.store.write_inputs(desk, command.new_id, plan.items)
    await _copy(desk, house, command, first)
    if plan.secrets:
        known = await house.store.load_secrets(desk, command.new_id)
        await house.store.save_secrets(desk, command.new_id, {**known, **plan.secrets})


async def _write(desk: DeskKey, house: House, command: CreateJob) -> None:
    plan = command.plan
    await house.store.write_inputs(desk, command.job_id, plan.items)
    try:
        if command.files:
            await house.store.put_assets(desk, command.job_id, command.files)
        if library := [each for each in command.assets if each not in command.files]:
            await house.store.copy_assets(desk, command.job_id, library)
    except JobFilesMissing as error:
        raise InvalidSpec(f"{error}: upload it again") from error
    kept: Mapping[str, str] = {}
    if command.kept_secrets:
        kept = await kept_secrets(desk, house, JOURNEYS)
    try:
        theirs = {name: kept[named] for name, named in command.kept_secrets.items()}
    except KeyError:
        said = "a secret value that the journeys had is gone: fill it in anew"
        raise InvalidSpec(said) from None
    if secrets := {**plan.secrets, **theirs}:
        await house.store.save_secrets(desk, command.job_id, secrets)


async def kept_secrets(desk: DeskKey, house: House, whose: str) -> Mapping[str, str]:
    """What the desk keeps of its JOURNEYS, PROXIES or WEBHOOKS, by its names; nothing where that is
    damaged."""
    try:
        return await house.store.load_secrets(desk, whose)
    except JobFilesMissing as error:
        house.log.warning(f"secrets of {whose} are lost", desk=desk[:8], error=str(error))
        return {}


def with_known(command: SetProxies, known: Mapping[str, str]) -> SetProxies:
    """The command with the names that its addresses have already. Raises InvalidSpec for names of
    addresses that are neither known nor new."""
    names = {value: name for name, value in known.items()}
    renamed = {name: names[value] for name, value in command.secrets.items() if value in names}
    proxies = tuple(
        replace(proxy, secret=renamed.get(proxy.secret, proxy.secret)) for proxy in command.proxies
    )
    new = {name: value for name, value in command.secrets.items() if name not in renamed}
    if any(proxy.secret and proxy.secret not in {**known, **new} for proxy in proxies):
        raise InvalidSpec("the password of a proxy is gone: give its whole address anew")
    return replace(command, proxies=proxies, secrets=new)


def with_secrets(command: SetWebhooks, known: Mapping[str, str]) -> dict[str, str]:
    """What webhooks are signed with, those of the command included. Raises InvalidSpec for one
    whose secret is neither known nor new."""
    secrets = {**known, **command.secrets}
    if any(webhook.secret not in secrets for webhook in command.webhooks):
        raise InvalidSpec("the secret of a webhook is gone: remove it and add it again")
    return secrets


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
