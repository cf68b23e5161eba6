"""What the file store counts is what `du` would: after random histories, failures and restarts."""

from __future__ import annotations

import errno
import random

import pytest

from state.errors import ArtifactTooLarge, JobFilesMissing, StorageError
from state.model import LogLine
from tests.conformance.test_store_audit import line
from tests.support.states import ALICE, a_desk, an_outcome, items

LIMIT = 60_000


def on_disk(data):
    kept = (data / "files" / ALICE).rglob("*")
    return sum(path.stat().st_size for path in kept if path.is_file())


class History:
    """Random writes of one desk, as its session and runners make them."""

    def __init__(self, store, disk, rng):
        self.store, self.disk, self.rng = store, disk, rng
        self.logs = {}
        self.made = 0

    async def step(self):
        acts = [self.create] * 2 + [self.append] * 4 + [self.say, self.artifact, self.audit]
        act = self.rng.choice([*acts, self.delete, self.reopen])
        if self.rng.random() < 0.15:
            method = self.rng.choice(["write", "fsync", "fdatasync", "rename", "fsync_dir"])
            self.disk.fail(method, self.rng.choice([errno.ENOSPC, errno.EIO]))
        try:
            await act()
        except (StorageError, ArtifactTooLarge, JobFilesMissing):
            pass
        finally:
            self.disk.mend()

    async def create(self):
        self.made += 1
        name = f"job-{self.made}"
        try:
            await self.store.write_inputs(ALICE, name, items(self.rng.randrange(60)))
        except StorageError:
            await self.store.delete_job(ALICE, name)
            raise
        self.logs[name] = None

    async def opened(self):
        name = self.rng.choice(list(self.logs))
        if self.logs[name] is None:
            self.logs[name] = await self.store.open_outcomes(ALICE, name)
        return self.logs[name]

    async def append(self):
        if self.logs:
            log = await self.opened()
            await log.append([an_outcome(0)] * self.rng.randrange(1, 20))
            await log.sync()

    async def say(self):
        if self.logs:
            text = "x" * self.rng.randrange(1_000)
            name = self.rng.choice(list(self.logs))
            await self.store.append_log(ALICE, name, [LogLine(1.0, "info", text)])

    async def artifact(self):
        if not self.logs:
            return
        name = self.rng.choice(list(self.logs))
        writer = await self.store.create_artifact(ALICE, name, self.rng.choice(["a", "b/c"]))
        try:
            await writer.write(b"x" * self.rng.randrange(3_000))
            await writer.write(b"x" * self.rng.randrange(3_000))
            await writer.commit()
        except (StorageError, ArtifactTooLarge):
            await writer.abort()
            raise

    async def audit(self):
        await self.store.append_audit(ALICE, [line(1)] * self.rng.randrange(1, 9))

    async def delete(self):
        if self.logs:
            name = self.rng.choice(list(self.logs))
            await self.close(name)
            del self.logs[name]
            await self.store.delete_job(ALICE, name)

    async def reopen(self):
        if self.logs:
            await self.close(self.rng.choice(list(self.logs)))
            await self.opened()

    async def close(self, name):
        log, self.logs[name] = self.logs[name], None
        if log is not None:
            await log.aclose()


@pytest.mark.parametrize("seed", range(6))
async def test_what_is_counted_is_what_is_there(open_store, disk, data, seed):
    rng = random.Random(seed)
    async with open_store(max_audit_bytes=2048) as store:
        store.sizes.limit(ALICE, LIMIT)
        history = History(store, disk, rng)
        for _ in range(120):
            await history.step()
            there = on_disk(data)
            assert store.sizes.usage(ALICE).used_bytes == there
            assert there <= LIMIT + 2 * 2048
        for name in list(history.logs):
            await history.close(name)
        kept = {name: store.sizes.job_bytes(ALICE, name) for name in history.logs}
        state = a_desk(1)
        await store.save(ALICE, type(state)(created_at=1.0, revision=2, sizes=kept))
    async with open_store(max_audit_bytes=2048) as store:
        # The state names no job, so their files are swept: only the log is left.
        await store.load(ALICE)
        assert store.sizes.usage(ALICE).used_bytes - sum(kept.values()) == on_disk(data)
