"""Every command of the store, as its clients use it. Used by `cases`, which makes them fail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from state.migrations import SCHEMA, Schema
from state.model import JobStatus, LogLine
from state.views import desk_key
from torture.ioerrors.client import ALICE, Client, Clock, opened, with_job

Command = Callable[[Client], Awaitable[None]]


async def save(client: Client) -> None:
    await client.save(client.state)


async def save_essential(client: Client) -> None:
    await client.save(client.state, essential=True)


async def finish(client: Client) -> None:
    """The last unfinished job ends: the boot marker is on its way out."""
    await client.save(with_job(client.state, "job-1", JobStatus.COMPLETED))


async def first_save(client: Client) -> None:
    """A new desk, with work: the marker and the first generation."""
    state = replace(with_job(client.state, "job-9", JobStatus.QUEUED), revision=1)
    await client.store.save(desk_key("carol"), state)


async def create(client: Client) -> None:
    await client.create()


async def record(client: Client) -> None:
    await client.record("job-1", syncs=1)


async def record_twice(client: Client) -> None:
    await client.record("job-1", syncs=2)


async def record_first(client: Client) -> None:
    """The outcome file is made."""
    await client.record("job-2", syncs=1)


async def recount(client: Client) -> None:
    """What a desk does with its running jobs when it is opened."""
    await client.record("job-1", syncs=0)


async def find(client: Client) -> None:
    """Items are found, and found again by the next runner."""
    await client.find("job-1", 2)
    await client.find("job-1", 1, 3)


async def artifact(client: Client) -> None:
    await client.hand_over("job-1", "a.txt")


async def artifact_below(client: Client) -> None:
    await client.hand_over("job-1", "pages/one/b.txt")


async def pack(client: Client) -> None:
    await client.pack("job-1", "small.txt", "pages/small.txt")


async def pack_again(client: Client) -> None:
    """A pack is there, of which one artifact is replaced; so is one that was a file of its own."""
    await client.pack("job-1", "small.txt")
    await client.pack("job-1", "small.txt", "a.txt")


async def remove(client: Client) -> None:
    """Of two small ones one, and one that is a file of its own."""
    await client.pack("job-1", "small.txt", "pages/small.txt")
    await client.remove("job-1", "small.txt", "a.txt")


async def secrets(client: Client) -> None:
    client.promises.secrets.pop("job-2", None)  # from here on either is right
    await client.store.save_secrets(ALICE, "job-2", {"key": "new"})
    client.promises.secrets["job-2"] = {"key": "new"}


async def journeys(client: Client) -> None:
    await client.set_journeys()


async def library(client: Client) -> None:
    await client.set_template()


async def lend(client: Client) -> None:
    await client.lend_template()


async def delete(client: Client) -> None:
    jobs = {job_id: job for job_id, job in client.state.jobs.items() if job_id != "job-1"}
    await client.save(replace(client.state, jobs=jobs), essential=True)
    await client.store.delete_job(ALICE, "job-1")


async def load(client: Client) -> None:
    await client.store.load(ALICE)


async def migrate(client: Client) -> None:
    """A load by a newer version, which keeps the file as it was."""
    newer = Schema(SCHEMA.current + 1, {**SCHEMA.steps, SCHEMA.current: lambda desk: desk})
    async with opened(client.files, Clock(), newer) as store:
        await store.load(ALICE)


async def reopen(client: Client) -> None:
    """What a server does when it starts, and when it stops."""
    async with opened(client.files, Clock()) as store:
        await store.load(ALICE)


async def read_inputs(client: Client) -> None:
    inputs = await client.store.open_inputs(ALICE, "job-1")
    try:
        await inputs.read([0, 3])
    finally:
        await inputs.aclose()


async def log(client: Client) -> None:
    await client.store.append_log(ALICE, "job-1", [LogLine(1.0, "info", "a line")] * 3)


async def look(client: Client) -> None:
    """What pages, exports and the sweeper read."""
    store = client.store
    await store.read_outcomes(ALICE, "job-1")
    await store.read_pending(ALICE, "job-1")
    await store.read_log(ALICE, "job-1")
    await store.list_artifacts(ALICE, "job-1")
    [piece async for piece in store.open_artifact(ALICE, "job-1", "a.txt")]
    made = await store.list_artifacts(ALICE, "job-1")
    [batch async for batch in store.read_artifacts(ALICE, "job-1", made)]
    [batch async for batch in store.iter_outcomes(ALICE, "job-1")]
    await store.load_secrets(ALICE, "job-1")
    await client.read_kept()
    await store.exists(ALICE)
    await store.stale(0.0)


COMMANDS: dict[str, Command] = {
    command.__name__: command
    for command in (
        save,
        save_essential,
        finish,
        first_save,
        create,
        record,
        record_twice,
        record_first,
        recount,
        find,
        artifact,
        artifact_below,
        pack,
        pack_again,
        remove,
        secrets,
        journeys,
        library,
        lend,
        delete,
        load,
        migrate,
        reopen,
        read_inputs,
        log,
        look,
    )
}
