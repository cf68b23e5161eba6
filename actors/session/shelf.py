"""The files of a desk's journeys and library, and the secrets of its proxies and webhooks: brought
to disk before the state that names them, let go when no generation of the desk names them any more;
and when the journeys learn of jobs.

Owned by the session. Files are written by child tasks, so that they delay no other command.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import assert_never

import msgspec
import trio

from actors.errors import ActorError, InvalidSpec, LimitReached
from actors.house import House
from actors.library import (
    SaveCharacter,
    SaveCommand,
    SaveDataSource,
    SavePicture,
    SavePreset,
    SaveTemplate,
    files_in,
)
from actors.notices import SetWebhooks
from actors.ports import DeskKey
from actors.rules.journeys import unsettled
from actors.session.learning import learn
from actors.session.mailbox import Letter, Mailbox, ShelvedCommand
from actors.session.named import NOTHING, Named, named_by
from actors.session.products import Products
from actors.session.staging import kept_secrets, unavailable, with_known, with_secrets
from actors.settings import SetJourneys, SetProxies
from state.desks import JOURNEYS, PROXIES, WEBHOOKS
from state.errors import JobFilesMissing, QuotaReached, StorageError
from state.journeys import (
    MAX_BYTES,
    decode_journeys,
    encode_journeys,
    secret_names,
)
from state.model import DeskState, Job


class Shelf:
    """Every attribute is written by the session's task; the child tasks that write files end their
    part of `_writing`, and never wait between reading and writing it."""

    def __init__(self, desk: DeskKey, house: House, mailbox: Mailbox, state: DeskState) -> None:
        self._desk = desk
        self._house = house
        self._mailbox = mailbox
        # Files that are being written, or whose state is not saved yet: nothing is let go before.
        self._writing = 0
        # What the newest generation names, and that together with what the one before may. None
        # until this life has saved: what stands in the one before is not known, so nothing goes.
        self._newest = named_by(state)
        self._named: Named | None = None if self._newest != NOTHING else NOTHING
        # What a save of unknown end has named: it may be the generation before the next.
        self._unsure = NOTHING
        self._untidy = False
        # Held while secrets are read and written anew.
        self._secrets_turn = trio.Lock()
        # Held while a file of the library is written: a whole one is in memory meanwhile.
        self._library_turn = trio.Lock()
        # The task in which the journeys learn, and what there was when that was last looked into.
        self._learning: trio.CancelScope | None = None
        self._looked_at: tuple[DeskState, frozenset[str]] | None = None
        self._products = Products(desk, house, mailbox, self.save)

    # ---------------------------------------------------------------- a list from the user

    def bring(self, letter: Letter, command: ShelvedCommand, tasks: trio.Nursery) -> None:
        """Write what it needs; the letter then comes back to be decided, or is refused."""
        self._writing += 1
        tasks.start_soon(self._bring, letter, command)

    async def _bring(self, letter: Letter, command: ShelvedCommand) -> None:
        try:
            match command:
                case SetProxies():
                    command = await self._bring_proxies(command)
                case SetWebhooks():
                    await self._bring_webhooks(command)
                case SetJourneys():
                    await self._bring_secrets(command)
                    data = encode_journeys(command.journeys)
                    await self._house.store.save_journeys(self._desk, data)
                case SaveTemplate() | SaveDataSource() | SavePicture():
                    await self._bring_library(command)
                case SavePreset() | SaveCharacter():
                    await self._bring_library(command)
                case _:
                    assert_never(command)
        except StorageError as error:
            self.decided(1)
            self._mailbox.answer(letter, _refusal(error, command))
        except (LimitReached, InvalidSpec) as error:
            self.decided(1)
            self._mailbox.answer(letter, error)
        else:
            self._mailbox.staged(letter, command)

    async def _bring_secrets(self, command: SetJourneys) -> None:
        """Keep those that are new beside the ones before: a value never changes under its name, so
        every generation finds its own. Raises LimitReached."""
        names = secret_names(command.journeys)
        if not names:
            return
        async with self._secrets_turn:
            known = await kept_secrets(self._desk, self._house, JOURNEYS)
            known = {**known, **command.secrets}
            size_bytes = sum(len(known.get(name, "").encode()) for name in names)
            if size_bytes > MAX_BYTES:
                said = f"the secret values of these journeys take up {size_bytes:,} bytes; "
                raise LimitReached(f"{said}a desk keeps at most {MAX_BYTES:,}", limit=MAX_BYTES)
            if command.secrets:
                await self._house.store.save_secrets(self._desk, JOURNEYS, known)

    async def _bring_proxies(self, command: SetProxies) -> SetProxies:
        """Keep the addresses that are new beside the ones before; the command as it is to be
        decided. Raises InvalidSpec."""
        async with self._secrets_turn:
            known = await kept_secrets(self._desk, self._house, PROXIES)
            command = with_known(command, known)
            if command.secrets:
                secrets = {**known, **command.secrets}
                await self._house.store.save_secrets(self._desk, PROXIES, secrets)
        return command

    async def _bring_webhooks(self, command: SetWebhooks) -> None:
        """Keep what the new ones are signed with beside the ones before. Raises InvalidSpec."""
        async with self._secrets_turn:
            known = await kept_secrets(self._desk, self._house, WEBHOOKS)
            secrets = with_secrets(command, known)
            if command.secrets:
                await self._house.store.save_secrets(self._desk, WEBHOOKS, secrets)

    async def _bring_library(self, command: SaveCommand) -> None:
        """Keep its files beside those of the versions before."""
        for data in files_in(command):
            await self.save(data)

    async def save(self, data: bytes) -> None:
        """Keep a file of the library, one at a time. Raises StorageError."""
        async with self._library_turn:
            await self._house.store.save_library(self._desk, data)

    def decided(self, count: int) -> None:
        """So many that were brought are named by the saved state, or were refused."""
        self._writing -= count
        self._untidy = self._untidy or count > 0

    # ------------------------------------------------------------------ after saves and turns

    def saved(self, state: DeskState) -> None:
        """There is a new generation."""
        newest = named_by(state)
        named = newest | self._newest | self._unsure
        self._untidy = self._untidy or named != self._named
        self._newest, self._named, self._unsure = newest, named, NOTHING

    def save_failed(self, state: DeskState) -> None:
        """There may be a new generation."""
        self._unsure |= named_by(state)

    def concluded(self, *, learned: bool, took_model: bool) -> None:
        """What journeys have learned, and what a job has, is saved, or came too late."""
        if learned:
            self._learning = None
            self.decided(1)
        if took_model:
            self._products.taken()
            self.decided(1)

    async def keep(self, state: DeskState, running: Collection[str], tasks: trio.Nursery) -> None:
        """Let go of files that nothing names, and have the journeys learn of jobs that ended and
        are not `running` out, and the library take what such jobs have learned."""
        named = self._named
        if self._untidy and named is not None and not self._writing and state.restored is None:
            self._untidy = False
            await self._tidy(named)
        if self._learning is None and not self._mailbox.closed and self._is_news(state, running):
            jobs = [job for job in unsettled(state) if job.id not in running]
            if jobs:
                self._writing += 1
                self._learning = trio.CancelScope()
                tasks.start_soon(self._learn, self._learning, state, jobs)
        if self._products.take(state, running, tasks):
            self._writing += 1

    def _is_news(self, state: DeskState, running: Collection[str]) -> bool:
        """Whether anything has changed since it was last asked."""
        before, self._looked_at = self._looked_at, (state, frozenset(running))
        return before is None or before[0] is not state or before[1] != self._looked_at[1]

    async def _tidy(self, named: Named) -> None:
        """What stays is swept when the desk is loaded."""
        try:
            await self._house.store.keep_journeys(self._desk, named.journeys)
            await self._house.store.keep_library(self._desk, named.library)
            await self._forget_secrets(named.journeys)
            await self._keep_secrets(PROXIES, named.proxies)
            await self._keep_secrets(WEBHOOKS, named.webhooks)
        except (StorageError, JobFilesMissing, msgspec.DecodeError) as error:
            self._house.log.warning("old files stay", desk=self._desk[:8], error=str(error))

    async def _keep_secrets(self, whose: str, names: frozenset[str]) -> None:
        """Forget all others. Raises JobFilesMissing."""
        store = self._house.store
        async with self._secrets_turn:
            known = await store.load_secrets(self._desk, whose)
            if not known.keys() <= names:
                kept = {name: value for name, value in known.items() if name in names}
                await store.save_secrets(self._desk, whose, kept)

    async def _forget_secrets(self, digests: frozenset[str]) -> None:
        """Keep those that the named files name. Raises JobFilesMissing where one cannot be read:
        then nothing is known to be superfluous."""
        store = self._house.store
        async with self._secrets_turn:
            known = await store.load_secrets(self._desk, JOURNEYS)
            names: set[str] = set()
            for digest in digests if known else ():
                names |= secret_names(
                    decode_journeys(await store.read_journeys(self._desk, digest))
                )
            if not known.keys() <= names:
                kept = {name: value for name, value in known.items() if name in names}
                await store.save_secrets(self._desk, JOURNEYS, kept)

    async def _learn(self, scope: trio.CancelScope, state: DeskState, jobs: list[Job]) -> None:
        assert state.journeys is not None
        with scope:
            fact = await learn(self._desk, self._house, state.journeys, jobs)
            self._mailbox.report(fact)

    def stop(self) -> None:
        """The desk ends: what was not learned is when it is opened again."""
        if self._learning is not None:
            self._learning.cancel()
        self._products.stop()


def _refusal(error: StorageError, command: ShelvedCommand) -> ActorError:
    if not isinstance(error, QuotaReached):
        return unavailable(error)
    these = "these journeys need" if isinstance(command, SetJourneys) else "this needs"
    return LimitReached(
        f"{error}; {these} {error.needed_bytes:,} bytes more: delete jobs first",
        used_bytes=error.used_bytes,
        needed_bytes=error.needed_bytes,
        limit_bytes=error.limit_bytes,
    )
