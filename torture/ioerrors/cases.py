"""One case: a command meets a fault; what was acknowledged is there, nothing leaks, all goes on.

Checked right after the fault and again after relief and the same command, each time as a killed
server and as a power loss would leave the disk.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from msgspec import Struct

from state.errors import StateError
from state.health import PROBE_EVERY_S
from state.model import DeskState, JobStatus
from state.store import FileStore
from torture.ioerrors.client import (
    ALICE,
    BALLAST_BYTES,
    BOB,
    Client,
    Clock,
    Promises,
    broken,
    opened,
    with_job,
)
from torture.ioerrors.commands import COMMANDS, Command
from torture.ioerrors.faults import Fault, FaultyFiles, faults_of
from torture.ioerrors.kernel import Kernel

INSISTING = 2


class Case(Struct, frozen=True):
    """A command and what goes wrong under it; its text replays it."""

    command: str
    fault: Fault

    def __str__(self) -> str:
        return f"{self.command}@{self.fault}"

    @classmethod
    def parse(cls, text: str) -> Case:
        command, _, rest = text.partition("@")
        at, method, error, how = rest.split(":")
        return cls(command, Fault(int(at), method, error, how))


class World(Struct, frozen=True):
    """A disk and what was promised of it; copied for each case."""

    kernel: Kernel
    promises: Promises


async def made_world() -> World:
    """Alice with work under way, and Bob."""
    kernel = Kernel()
    promises = Promises(DeskState(created_at=1.0, revision=1))
    async with opened(FaultyFiles(kernel), Clock()) as store:
        await store.save(BOB, DeskState(created_at=1.0, revision=1))
        client = Client(store, FaultyFiles(kernel), promises)
        await store.save(ALICE, client.state)
        await client.create()
        await client.create()
        await client.save(with_job(client.state, "job-1", JobStatus.RUNNING))
        await client.record("job-1", syncs=2)
        await client.hand_over("job-1", "a.txt")
        await client.pack("job-1", "first.txt")
        await client.set_journeys()
        await client.set_template()
    return World(kernel.copy(power_lost=True), promises)


async def all_cases(world: World) -> list[Case]:
    """Every fault of every call of every command."""
    return [
        Case(name, fault)
        for name, command in COMMANDS.items()
        for fault in faults_of(await _calls(world, command))
    ]


async def _calls(world: World, command: Command) -> list[str]:
    files = FaultyFiles(world.kernel.copy())
    async with opened(files, Clock()) as store:
        client = Client(store, files, world.promises.copy())
        client.next_job = 3
        files.arm(None)
        await command(client)
        return files.calls


async def violations(world: World, case: Case) -> list[str]:
    """What the store got wrong in this case."""
    return [said async for said in _tried(world, case)]


async def _tried(world: World, case: Case) -> AsyncIterator[str]:
    kernel, clock = world.kernel.copy(), Clock()
    files = FaultyFiles(kernel)
    async with opened(files, clock) as store:
        client = Client(store, files, world.promises.copy())
        client.next_job = 3
        before = kernel.handles
        files.arm(case.fault)
        said = await _attempt(COMMANDS[case.command], client)
        if said is not None and not isinstance(said, StateError):
            yield f"not one of our errors: {said!r}"
        if said is not None:
            await _insist(case, client)
        if kernel.handles != before:
            yield f"handles leaked: {sorted(set(kernel.handles) - set(before))}"
        async for wrong in _others(files, store):
            yield wrong
        async for wrong in _wrong_on_disk(kernel, client.promises, "after the fault"):
            yield wrong
        files.relieve()
        clock.now += PROBE_EVERY_S
        if case.command in ("record", "record_twice"):
            await _attempt(COMMANDS["recount"], client)
            async for wrong in _wrong_on_disk(kernel, client.promises, "after a recount"):
                yield wrong
        async for wrong in _go_on(case, client):
            yield wrong
        async for wrong in _wrong_on_disk(kernel, client.promises, "after relief"):
            yield wrong
        if files.synced_again:
            yield f"a descriptor was synced again after it failed: {files.synced_again[0]}"
    if kernel.handles:
        yield f"handles are open after the store was closed: {kernel.handles}"


async def _attempt(command: Command, client: Client) -> Exception | None:
    try:
        await command(client)
    except Exception as error:  # noqa: BLE001 - what may be raised is what is being checked
        return error
    return None


async def _insist(case: Case, client: Client) -> None:
    """A user tries again while it lasts, which may make the desk read-only."""
    for _ in range(INSISTING):
        if await _attempt(Client.restart, client) is None:
            await _attempt(COMMANDS[case.command], client)


async def _others(files: FaultyFiles, store: FileStore) -> AsyncIterator[str]:
    """While one desk's files fail, another desk saves as ever."""
    if files.bound():
        try:
            await store.save(BOB, DeskState(created_at=1.0, revision=2))
        except StateError as error:
            yield f"another desk could not be saved: {error}"


async def _go_on(case: Case, client: Client) -> AsyncIterator[str]:
    """The same command works after relief, and the desk then takes a save."""
    await client.restart()
    for name in (case.command, "save"):
        said = await _attempt(COMMANDS[name], client)
        if said is not None:
            yield f"{name} does not work after relief: {said!r}"


async def _wrong_on_disk(kernel: Kernel, promises: Promises, when: str) -> AsyncIterator[str]:
    for power_lost in (False, True):
        left = kernel.copy(power_lost=power_lost)
        how = f"{when}, {'power loss' if power_lost else 'kill'}"
        try:
            async with opened(FaultyFiles(left), Clock()) as store:
                async for said in broken(store, promises):
                    yield f"{how}: {said}"
        except StateError as error:
            yield f"{how}: {error!r}"


async def full_disk(world: World) -> list[str]:
    """No room at all but the ballast's: what frees room works, what needs more is refused."""
    kernel = world.kernel.copy()
    files = FaultyFiles(kernel)
    async with opened(files, Clock()) as store:
        client = Client(store, files, world.promises.copy())
        client.next_job = 3
        kernel.room_bytes = kernel.used_bytes()
        wrong = [
            f"{name} was acknowledged on a full disk"
            for name in ("save", "create", "record", "journeys", "library", "lend")
            if await _attempt(COMMANDS[name], client) is None
        ]
        wrong += [
            f"{name} does not work on a full disk: {said!r}"
            for name in ("save_essential", "delete")
            if (said := await _attempt(COMMANDS[name], client))
        ]
        kernel.room_bytes += 16 * BALLAST_BYTES
        if said := await _attempt(COMMANDS["save"], client):
            wrong.append(f"save does not work where there is room again: {said!r}")
        wrong += [said async for said in _wrong_on_disk(kernel, client.promises, "full disk")]
    return wrong
