"""Files that all items of a job share: sent once to each worker that has the job, whole."""

from __future__ import annotations

import pytest
import trio

from tests.support.houses import Inline, Processes
from tests.support.leasing import Hand, brief, leased
from workers.inputs import Assets
from workers.protocol import INPUT_CHUNK_BYTES

FILES = {"one": b"x" * (2 * INPUT_CHUNK_BYTES + 1), "none": b""}


@pytest.mark.parametrize("build", [Inline, Processes])
@pytest.mark.parametrize("seats", [1, 2])
async def test_each_worker_has_the_files_of_a_job(build, seats, nursery):
    house = build(seats=seats)
    await nursery.start(house.workers.run)
    async with house.workers.attach(brief(assets=FILES)) as attachment:
        wishes = [{"do": "asset", "name": name} for name in [*FILES, *FILES]]
        with trio.fail_after(60):
            hand = await Hand(attachment).work([leased(n, wish) for n, wish in enumerate(wishes)])
    sizes = [len(data) for data in FILES.values()]
    assert [hand.results()[n]["size"] for n in range(4)] == sizes * 2


async def test_a_file_that_the_job_does_not_have_is_no_wait(nursery):
    house = Inline()
    await nursery.start(house.workers.run)
    async with house.workers.attach(brief(assets=FILES)) as attachment:
        hand = await Hand(attachment).work([leased(0, {"do": "asset", "name": "other"})])
    assert hand.ended[0].error == "LookupError: this job has no file 'other'"


async def test_a_job_that_is_left_is_sent_no_more(nursery):
    """And the worker is not told of a job that it does not have any more."""
    house = Processes()
    await nursery.start(house.workers.run)
    files = {str(n): bytes(INPUT_CHUNK_BYTES) for n in range(40)}
    async with house.workers.attach(brief(assets=files)) as attachment, trio.open_nursery() as own:
        attachment.want(1)
        await attachment.wait_granted()
        own.start_soon(attachment.lease, [leased(0, {"do": "ok"})])
        await trio.lowlevel.checkpoint()
        attachment.cancel()
    async with house.workers.attach(brief()) as attachment:
        with trio.fail_after(60):
            hand = await Hand(attachment).work([leased(0, {"do": "ok"})])
    assert hand.lost == []
    assert house.heard.said("worker_died") == []
    assert len(house.heard.said("worker_started")) == 1


async def test_parts_make_a_whole():
    assets = Assets(["a"])
    assets.add("a", b"1", last=False)
    assets.add("a", b"2", last=True)
    await assets.wait_whole()
    assert [await assets.take("a"), await assets.take("a")] == [b"12", b"12"]
    with pytest.raises(LookupError):
        assets.add("b", b"", last=True)
