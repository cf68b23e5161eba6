"""What `/readyz` and `/metrics` say is taken from the house as it is."""

from __future__ import annotations

import pytest

from actors.errors import StorageUnavailable
from actors.house import Stats
from nightdesk.health import gauges, readiness
from state.errors import StorageFull
from state.views import desk_key
from tests.support.servers import ALICE, OK, Server, create, settled


def test_all_is_well():
    found = readiness({}, Stats())
    assert (found.ready, found.storage, found.desks_parked, list(found.reasons)) == (
        True,
        "ok",
        0,
        [],
    )


def test_a_parked_desk_is_named_by_the_beginning_of_its_hash():
    key = desk_key("somebody")
    found = readiness({key: "it died too often"}, Stats())
    assert (found.ready, found.desks_parked) == (True, 1)
    assert list(found.reasons) == [f"{key[:12]}: it died too often"]


async def test_a_failing_disk_is_said_until_a_save_succeeds(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK], start=False, job_id="before"))
        stats = server.supervisor.stats
        assert readiness({}, stats).storage == "ok"
        server.store.faults.fail("save", StorageFull("no space"))
        with pytest.raises(StorageUnavailable):
            await desk.ask(create([OK], start=False, job_id="refused"))
        failing = readiness({}, stats)
        assert (failing.ready, failing.degraded, failing.storage) == (True, True, "failing")
        await desk.ask(create([OK], start=False, job_id="after"))
        await settled()
        assert not readiness({}, stats).degraded


def test_metrics_tell_counters_from_levels():
    names = gauges(Stats(commands=3, desks_live=2))
    assert (names["commands_total"], names["desks_live"]) == (3, 2)
    assert "save_failing" in names
