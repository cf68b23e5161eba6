"""What the items of jobs spend: set aside before, counted after, within the caps of jobs and desks."""

from __future__ import annotations

import pytest

from actors.messages import RetryJob
from state.model import OutcomeStatus
from state.spending import NO_SPEND, PICO, Spend, SpendCap
from tests.support.servers import ALICE, ENDED, OK, Server, create, nap, until, until_counts

CENT = {"calls": 1, "prompt_tokens": 60, "completion_tokens": 40, "picousd": PICO // 100}


def cents(count):
    return Spend(count, 60 * count, 40 * count, count * PICO // 100)


def calling(times, *, most=None, s=1.0, **wish):
    """An item that makes so many calls of a cent each."""
    call = {"cost": CENT, "s": s} | ({} if most is None else {"most": most})
    return {"do": "spend", "calls": [call] * times, **wish}


async def results(server, job_id="job"):
    page = await server.store.read_outcomes(ALICE, job_id)
    from msgspec import json

    return [json.decode(record.result) for record, _ in page.records]


async def test_a_job_shows_what_its_items_have_spent_while_they_are_at_work(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(3, s=10.0), calling(1), OK, nap(15)]))
        view = await until_counts(desk, "job", 3)
        assert view.counts.spend == cents(2)
        view = await until(desk, "job", *ENDED)
        assert view.job.counts.spend == cents(4)
        page = await server.store.read_outcomes(ALICE, "job")
        assert [record.spend for record, _ in page.records[:2]] == [cents(3), cents(1)]
