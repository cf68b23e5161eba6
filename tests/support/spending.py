"""Items that make calls which cost money, and what their jobs show of it."""

from __future__ import annotations

import msgspec
import trio

from state.spending import PICO, Spend
from tests.support.servers import ALICE, ENDED, until

CENT = {"calls": 1, "prompt_tokens": 60, "completion_tokens": 40, "picousd": PICO // 100}


def cents(count):
    return Spend(count, 60 * count, 40 * count, count * PICO // 100)


def calling(times, *, s=1.0, **wish):
    """An item that makes so many calls of a cent each."""
    return {"do": "spend", "calls": [{"cost": CENT, "s": s}] * times, **wish}


def recorded(times, *, s=1.0, name="a", settles=False, **wish):
    """One that hands over a record of each, and asks for the next call without waiting for it."""
    calls = [
        {"cost": CENT, "s": s, "save": f"{name}{number}", "settles": settles}
        for number in range(times)
    ]
    return {"do": "spend", "calls": calls, **wish}


async def until_spent(desk, spend):
    """The job as soon as it shows that."""
    with trio.fail_after(3_600):
        while desk.published.jobs["job"].counts.spend != spend:
            await desk.wait_newer(desk.published.revision)
    return desk.published.jobs["job"]


def tooling(times, **wish):
    """As `recorded`, with a tool of 100 s at work behind each call."""
    item = recorded(times, **wish)
    item["calls"] = [call | {"tool_s": 100.0} for call in item["calls"]]
    return item


async def result_of(server, desk, index=0):
    """What an item has said of its calls, once its job has ended."""
    await until(desk, "job", *ENDED)
    page = await server.store.read_outcomes(ALICE, "job")
    (result,) = [record.result for record, _ in page.records if record.index == index]
    return msgspec.json.decode(result)


async def begun(server, desk, index=0):
    """When its calls began, in seconds; that syncs keep apart does not show."""
    return [round(at, 1) for at in (await result_of(server, desk, index))["began"]]
