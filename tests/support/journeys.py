"""Journeys of a desk, and jobs that drive them with scripted items."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from actors.settings import SetJourneys
from state.errors import JourneysMissing
from state.journeys import Journey, decode_journeys
from tests.support.servers import ALICE, EPOCH, create

ONE, TWO, THREE = (f"{n:08x}" for n in (1, 2, 3))
GOOD, BAD = "ok", "fail"
# A moment of which the desks of `servers.Server` say that it lies behind them.
LONG_AGO = EPOCH - 1


def journey(journey_id, **fields):
    return Journey(id=journey_id, name=f"name of {journey_id}", url="http://h/", **fields)


def drive(items, **fields):
    """The command that drives journeys: (id, what is to become of it)."""
    command = create([{"id": journey_id, "do": do} for journey_id, do in items], **fields)
    return replace(command, of_journeys=True)


async def put(desk, *journeys, replaces=UNSET):
    return await desk.ask(SetJourneys(tuple(journeys), replaces))


async def kept(store, desk, key=ALICE):
    """The journeys that the desk shows, as they are in its file."""
    return decode_journeys(await store.read_journeys(key, desk.published.journeys.digest))


async def completed(store, desk):
    return {found.id for found in await kept(store, desk) if found.completed}


async def is_there(store, digest, key=ALICE):
    try:
        return bool(await store.read_journeys(key, digest))
    except JourneysMissing:
        return False
