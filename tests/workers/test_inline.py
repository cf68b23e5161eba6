"""What only workers that are tasks can show: time that passes by itself, and a death on order."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from actors.ports import ArtifactChunk, ItemsLost
from tests.support.houses import Inline, until_free
from tests.support.leasing import Hand, brief, lease_all, leased
from workers.hosted import CLOSE_TIMEOUT_S
from workers.protocol import ARTIFACT_CREDIT_BYTES


@pytest.fixture
async def house(nursery):
    house = Inline(slots=5)
    await nursery.start(house.workers.run)
    return house


async def test_an_executor_that_cannot_be_left_is_abandoned(house, autojump_clock):
    async with house.workers.attach(brief(spec={"close_s": 600})) as attachment:
        await Hand(attachment).work([leased(0, {"do": "ok"})])
        await lease_all(attachment, [leased(1, {"do": "hold"})])
    began = trio.current_time()
    await until_free(house, 5)
    assert trio.current_time() - began == pytest.approx(CLOSE_TIMEOUT_S)
    assert "not left within 5 s" in house.heard.said("executor_raised")[0]["trace"]


async def test_killed_workers_lose_what_they_hold(house, autojump_clock):
    async with house.workers.attach(brief()) as attachment:
        await lease_all(attachment, [leased(n, {"do": "hold"}) for n in range(3)])
        await wait_all_tasks_blocked()
        house.workers.kill()
        assert await attachment.wait_events() == [ItemsLost((0, 1, 2), "killed by signal 9")]
        assert house.free_slots == 5


async def test_a_desk_that_takes_nothing_stops_the_artifacts(house, autojump_clock):
    async with house.workers.attach(brief()) as attachment:
        size = 10 * ARTIFACT_CREDIT_BYTES
        await lease_all(attachment, [leased(0, {"do": "artifact", "name": "a", "bytes": size})])
        await trio.sleep(60)
        chunks = await attachment.wait_events()
        assert all(isinstance(chunk, ArtifactChunk) for chunk in chunks)
        assert sum(len(chunk.data) for chunk in chunks) == ARTIFACT_CREDIT_BYTES


async def test_a_busy_host_is_left_alone_for_as_long_as_it_asked(house, autojump_clock):
    async with house.workers.attach(brief(retries=1)) as attachment:
        wish = {"do": "busy", "until": 1, "retry_after_s": 120}
        began = trio.current_time()
        await Hand(attachment).work([leased(0, wish, key="h")])
    assert trio.current_time() - began == pytest.approx(120, abs=1)
