"""What a runner has said to one attachment holds for the one that takes its place."""

import pytest
import trio

from actors.ports import ItemsLost, JobStage, WorkerLog
from state.model import NO_LISTS, EgressLists
from workers.tabs.failover import Switch


class Kept:
    """An Attachment that keeps what it is told; events and grants are put in by a test."""

    def __init__(self):
        self.told = []
        self.send, self._events = trio.open_memory_channel(10)
        self.grant, self._grants = trio.open_memory_channel(10)

    def want(self, count):
        self.told.append(("want", count))

    def give_back(self, slots):
        self.told.append(("give_back", slots))

    def permit(self, egress):
        self.told.append(("permit", egress))

    def recall(self):
        self.told.append(("recall",))

    def cancel(self):
        self.told.append(("cancel",))

    async def lease(self, items):
        self.told.append(("lease", *items))

    async def wait_granted(self):
        return await self._grants.receive()

    async def wait_events(self):
        return [await self._events.receive()]


@pytest.mark.parametrize("cancelled", [False, True])
async def test_what_was_said_before_holds_for_the_other(cancelled):
    first, other = Kept(), Kept()
    switch = Switch(first, NO_LISTS)
    lists = EgressLists(deny=("site.test",))
    switch.want(7)
    switch.permit(lists)
    if cancelled:
        switch.cancel()
    switch.to(other, "why")
    assert first.told[-1] == ("want", 0)
    end = [("cancel",)] if cancelled else []
    assert other.told == [("permit", lists), *end, ("want", 7)]
    said = await switch.wait_events()
    assert said == [JobStage(""), WorkerLog("warning", "why")]


async def test_who_waits_at_the_first_is_answered_by_the_other(autojump_clock):
    first, other = Kept(), Kept()
    switch = Switch(first, NO_LISTS)
    got = []

    async def wait_granted():
        got.append(await switch.wait_granted())

    async def wait_events():
        got.extend(await switch.wait_events())
        got.extend(await switch.wait_events())

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait_granted)
            nursery.start_soon(wait_events)
            await trio.testing.wait_all_tasks_blocked()
            switch.to(other, "why")
            first.grant.send_nowait(9)
            other.grant.send_nowait(3)
            other.send.send_nowait(ItemsLost((1,), "died"))
    assert 3 in got
    assert ItemsLost((1,), "died") in got
    assert 9 not in got
