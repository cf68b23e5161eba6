"""Hundreds of small files out of two jailed workers: each whole, before the end of its item."""

from __future__ import annotations

import hashlib

import trio

from actors.ports import ArtifactChunk, ItemEnded
from state.model import OutcomeStatus
from tests.support.houses import Heard
from tests.support.jails import PATIENCE_S, ROOT
from tests.support.leasing import Hand, brief, leased
from tests.support.printing import RUNNER
from workers.cpu import CpuSettings
from workers.pool import Pools, PoolSettings

PAPERS = 300
SIZE_BYTES = 12_000


class Orderly(Hand):
    """Sees to it that nothing comes after the end of its item."""

    def _take(self, event, nursery):
        if isinstance(event, ItemEnded):
            assert event.index in {paper.index for paper in self.others}
        super()._take(event, nursery)


class PrintingSpec:
    """The server's half: only what pools look at."""

    kind = "printing"
    pool = "cpu"
    runner = RUNNER


async def test_every_paper_comes_whole_and_before_its_item_ends(tmp_path, nursery):
    cpu = CpuSettings(scratch=tmp_path / "scratch", cpu_workers=2, readable=(str(ROOT),))
    heard = Heard()
    pools = Pools(PoolSettings(cpu=cpu), {"printing": PrintingSpec()}, heard)
    await nursery.start(pools.run)
    job = brief(
        kind="printing",
        pool="cpu",
        spec={"asset": "ink", "size_bytes": SIZE_BYTES},
        assets={"ink": b"black "},
    )
    async with pools.attach(job) as attachment:
        with trio.fail_after(PATIENCE_S):
            hand = await Orderly(attachment, concurrency=256).work(
                [leased(index, {}) for index in range(PAPERS)]
            )
    papers = {event.index: event for event in hand.others if isinstance(event, ArtifactChunk)}
    assert set(papers) == set(range(PAPERS))
    for index, result in hand.results().items():
        paper = papers[index]
        assert (paper.name, paper.last, len(paper.data)) == (result["file"], True, SIZE_BYTES)
        assert hashlib.sha256(paper.data).hexdigest() == result["sha256"]
    assert {ended.status for ended in hand.ended.values()} == {OutcomeStatus.OK}
    assert len(heard.said("worker_started")) == 2
