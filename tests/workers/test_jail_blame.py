"""What one item does to its jailed worker is its own doing, whatever waits behind it. Real ones."""

from __future__ import annotations

import pytest

from state.model import OutcomeStatus
from tests.support.jails import Prison

# Long enough for one that does nothing to be done within, on a machine that is busy.
TIME_S = 4.0
LIMITS = [
    ({"do": "spin", "beside": True}, {"cpu_item_cpu_s": 1}, "processor time (1 s)"),
    ({"do": "sleep"}, {"cpu_item_s": TIME_S}, "time (4 s)"),
]


@pytest.fixture
def build(tmp_path, nursery):
    async def start(**changes):
        prison = Prison(tmp_path / "data", **changes)
        await nursery.start(prison.run)
        return prison

    return start


@pytest.mark.parametrize("at", [0, 7, 19])
async def test_a_crash_is_the_doing_of_the_item_at_work(build, at):
    prison = await build()
    wishes = [{"do": "pid"} for _ in range(20)]
    wishes[at] = {"do": "abort", "until": 1}
    hand = await prison.work(*wishes, concurrency=20)
    assert [lost.indexes for lost in hand.lost] == [(at,)]
    assert {ended.status for ended in hand.ended.values()} == {OutcomeStatus.OK}
    assert [hand.ended[index].attempts for index in range(20)] == [1 + (n == at) for n in range(20)]
    assert len(prison.heard.said("worker_started")) == 2


@pytest.mark.parametrize(("wish", "limits", "limit"), LIMITS, ids=["processor time", "time"])
async def test_a_limit_fails_the_item_at_work(build, wish, limits, limit):
    prison = await build(**limits)
    hand = await prison.work({"do": "pid"}, wish, *[{"do": "pid"}] * 8, concurrency=10)
    assert hand.lost == []
    errors = {index: ended.error for index, ended in hand.ended.items() if ended.error is not None}
    assert errors == {1: f"over the limit of {limit}"}
    assert {ended.attempts for ended in hand.ended.values()} == {1}


async def test_a_limit_holds_on_the_loop_too(build):
    """Enough short ones before it, and a computation is not put into a thread any more."""
    prison = await build(cpu_item_cpu_s=1)
    short = {"do": "burn", "s": 0.0, "beside": True}
    wishes = [*[short] * 8, {"do": "spin", "beside": True}, *[short] * 8]
    hand = await prison.work(*wishes, concurrency=len(wishes))
    errors = {index: ended.error for index, ended in hand.ended.items() if ended.error is not None}
    assert errors == {8: "over the limit of processor time (1 s)"}
    assert hand.lost == []
