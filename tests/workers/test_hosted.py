"""The host inside a worker: what it takes from its parent, and what crosses on the wire."""

from __future__ import annotations

import pytest
import trio

from actors.ports import ItemDeferred, JobBroken
from tests.support.leasing import leased
from tests.support.naming import spelled
from tests.support.scripted import ScriptedSpec
from workers.context import HostTools
from workers.hosted import Host, HostKit
from workers.outgoing import Outgoing
from workers.protocol import (
    Close,
    Closed,
    Credit,
    Drain,
    Events,
    KnownPace,
    Lease,
    Open,
    ProtocolError,
    Settings,
)

OPEN = Open(job=1, runner=ScriptedSpec.runner, retries=0, spec={})


@pytest.fixture
def told():
    return []


@pytest.fixture
def host(told):
    kit = HostKit(HostTools(), Outgoing(told.append), host_backoff_max_s=1.0, report=told.append)
    return Host(kit)


@pytest.mark.parametrize(
    "message",
    [
        Lease(1, (leased(0, {}),)),
        Close(1),
        Credit(1, 1),
        Settings(version=1, host_backoff_max_s=1.0, beat_s=1.0, tools={}),
    ],
    ids=spelled,
)
async def test_what_the_parent_cannot_mean_breaks_the_protocol(host, nursery, message):
    with pytest.raises(ProtocolError):
        host.handle(message, nursery)


async def test_closing_twice_is_closing(host, told, nursery, autojump_clock):
    host.handle(OPEN, nursery)
    host.handle(Lease(1, (leased(0, {"do": "hold"}),)), nursery)
    await trio.sleep(1)
    host.handle(Close(1), nursery)
    host.handle(Close(1), nursery)
    await trio.sleep(1)
    assert told == [Closed(1)]


async def test_a_job_whose_executor_never_opens_can_be_closed(host, told, nursery, autojump_clock):
    host.handle(Open(job=1, runner=OPEN.runner, retries=0, spec={"open_hangs": True}), nursery)
    host.handle(Lease(1, (leased(0, {"do": "ok"}),)), nursery)
    await trio.sleep(1)
    host.handle(Close(1), nursery)
    await trio.sleep(3600)
    assert told == [Closed(1)]


async def test_a_job_closed_as_it_opens_is_no_job_that_was_not_left(host, told, autojump_clock):
    """Seed 161 of the simulation: the worker reported a job that took 5 s to leave, in no time."""
    async with trio.open_nursery() as nursery:
        host.handle(OPEN, nursery)
        host.handle(Close(1), nursery)
    assert told == [Closed(1)]
    assert trio.current_time() == 0.0


async def test_what_an_earlier_worker_learned_of_a_host_holds(host, told, nursery, autojump_clock):
    host.handle(KnownPace("http://a:80", 2.0, 60.0), nursery)
    host.handle(OPEN, nursery)
    host.handle(Lease(1, (leased(0, {"do": "ok"}, key="http://a:80"),)), nursery)
    await trio.sleep(1)
    host.handle(Close(1), nursery)
    await trio.sleep(1)
    (deferred,) = told[0].events
    assert deferred == ItemDeferred(index=0, attempts=0, delay_s=60.0, hold_key=True)


async def test_what_crosses_the_drain_on_the_wire_is_let_go(host, told, nursery, autojump_clock):
    host.handle(OPEN, nursery)
    await trio.sleep(1)
    host.handle(Drain(), nursery)
    await host.drained.wait()
    assert told == [Closed(1)]
    host.handle(Close(1), nursery)
    host.handle(Credit(1, 5), nursery)


async def test_a_tool_that_was_not_given_is_named():
    with pytest.raises(LookupError, match="no HTTP client"):
        _ = HostTools().http


async def test_without_a_browser_the_job_is_broken_once_and_waits_to_be_closed(
    host, told, nursery, autojump_clock
):
    host.handle(OPEN, nursery)
    wishes = tuple(leased(n, {"do": "no_browser"}) for n in range(3))
    host.handle(Lease(1, wishes), nursery)
    await trio.sleep(1)
    host.handle(Close(1), nursery)
    await trio.sleep(1)
    broken, closed = told
    assert broken == Events(1, [JobBroken("no browser: install one")])
    assert closed == Closed(1)
