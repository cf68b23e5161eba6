"""Caps of jobs and desks: no call is made that might cost more, and what must wait waits."""

from __future__ import annotations

import msgspec
import pytest
import trio

from actors.caps import CapJob
from actors.errors import NotFound
from actors.messages import RetryJob
from state.spending import PICO, Spend, SpendCap
from tests.support.servers import ALICE, BOB, ENDED, Server, create, until

CENT = PICO // 100
USUAL = {"calls": 1, "prompt_tokens": 60, "completion_tokens": 40, "picousd": CENT}
DEAR = USUAL | {"picousd": 3 * CENT}
CHANGE = Spend(1, 60, 40, CENT)


def calling(times, *, most=USUAL, cost=USUAL, s=1.0):
    return {"do": "spend", "calls": [{"most": most, "cost": cost, "s": s}] * times}


def usd(count):
    return SpendCap(picousd=count * CENT)


async def told(server, desk=ALICE, job_id="job"):
    """(how many calls each item has made, why it made no more)."""
    page = await server.store.read_outcomes(desk, job_id)
    results = [msgspec.json.decode(record.result) for record, _ in page.records]
    return [(result["calls"], result["refused"]) for result in results]


async def test_no_call_is_made_that_the_cap_of_its_job_has_no_room_for(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(9, most=DEAR)], cap=usd(5)))
        view = await until(desk, "job", *ENDED)
        # Three cents were spent when the next call might have made it six.
        assert view.job.counts.spend.picousd == 3 * CENT
        assert await told(server) == [
            (
                3,
                "the job's cap of $0.05 has no room for this call, which may cost up to $0.03: "
                "raise the cap or use a cheaper model",
            )
        ]


async def test_a_cap_of_tokens_is_kept_and_says_so(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(99)], cap=SpendCap(tokens=1_050)))
        await until(desk, "job", *ENDED)
        assert await told(server) == [
            (
                10,
                "the job's cap of 1,050 tokens has no room for this call, which may take up to "
                "100: raise the cap or let calls answer with fewer",
            )
        ]


async def test_items_that_spend_at_once_stay_within_the_cap_together(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(9) for _ in range(10)], cap=usd(25)))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts.spend.picousd == 25 * CENT
        made = await told(server)
        assert sum(calls for calls, _ in made) == 25
        assert all(refused is not None for calls, refused in made if calls < 9)


async def test_what_others_have_set_aside_is_waited_for_in_turn(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        # Each may cost three cents and costs one: two have room at once, the third and the fourth
        # only when another has settled.
        items = [calling(1, most=DEAR, s=10.0 + number) for number in range(4)]
        began = trio.current_time()
        await desk.ask(create(items, cap=usd(6)))
        view = await until(desk, "job", *ENDED)
        assert [calls for calls, _ in await told(server)] == [1, 1, 1, 1]
        assert view.job.counts.spend.picousd == 4 * CENT
        assert trio.current_time() - began > 20


async def test_what_an_item_says_only_at_its_end_makes_room_for_nobody(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        # The first has cost all there is when what it had set aside is let go.
        last = {"most": DEAR, "cost": DEAR, "s": 1.0, "settles": False}
        items = [{"do": "spend", "calls": [last]}, calling(1, most=DEAR, cost=DEAR)]
        await desk.ask(create(items, cap=usd(3)))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts.spend.picousd == 3 * CENT
        assert [calls for calls, _ in await told(server)] == [1, 0]


async def test_the_cap_of_a_desk_holds_for_its_jobs_together_and_for_a_day(autojump_clock):
    server = Server(desk_cap=usd(4), lane_width=2)
    async with server.running() as directory:
        desk, other = await directory.create(ALICE), await directory.create(BOB)
        for number in range(2):
            await desk.ask(create([calling(9)], job_id=f"job-{number}"))
        await other.ask(create([calling(3)]))
        for number in range(2):
            await until(desk, f"job-{number}", *ENDED)
        await until(other, "job", *ENDED)
        (first,), (second,) = [await told(server, job_id=f"job-{n}") for n in range(2)]
        assert first[0] + second[0] == 4
        assert (
            first[1]
            == second[1]
            == (
                "the desk's cap of $0.04 a day has no room until midnight UTC for this call, which "
                "may cost up to $0.01: wait until then or use a cheaper model"
            )
        )
        assert await told(server, BOB) == [(3, None)]
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await desk.ask(create([calling(1)], job_id="again"))
        await until(desk, "again", *ENDED)
        # Nothing is forgotten by a restart, but by the next day.
        assert (await told(server, job_id="again"))[0][0] == 0
        await trio.sleep(24 * 3_600)
        desk = await directory.find(ALICE)
        await desk.ask(create([calling(1)], job_id="tomorrow"))
        await until(desk, "tomorrow", *ENDED)
        assert await told(server, job_id="tomorrow") == [(1, None)]


async def test_where_money_is_capped_a_call_without_a_price_is_not_made(autojump_clock):
    unknown = USUAL | {"picousd": 0, "unpriced": 1}
    item = calling(1, most=unknown, cost=unknown)
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([item], cap=usd(5)))
        await until(desk, "job", *ENDED)
        assert await told(server) == [
            (
                0,
                "the job has a cap of $0.05, and nobody knows what a call of this model costs: "
                "give its price, or set a cap of tokens instead",
            )
        ]
        await desk.ask(create([item], job_id="tokens", cap=SpendCap(tokens=100)))
        await until(desk, "tokens", *ENDED)
        assert await told(server, job_id="tokens") == [(1, None)]


async def test_a_free_call_is_made_whatever_was_spent(autojump_clock):
    free = {"calls": 1, "prompt_tokens": 60, "completion_tokens": 40}
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        calls = [{"cost": USUAL | {"picousd": 9 * CENT}, "most": USUAL}, {"cost": free}]
        await desk.ask(create([{"do": "spend", "calls": calls}], cap=usd(1)))
        await until(desk, "job", *ENDED)
        # The endpoint has charged more than was said of the call: that is spent, and told.
        assert await told(server) == [(2, None)]


async def test_a_cap_that_is_raised_lets_waiting_calls_be_made(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        items = [calling(1, most=DEAR, s=1_000.0), calling(1, most=DEAR, s=1.0)]
        await desk.ask(create(items, cap=usd(4)))
        await trio.sleep(100)
        assert desk.published.jobs["job"].counts.spend.calls == 0
        reply = await desk.ask(CapJob("job", usd(6)))
        assert reply.job.job.cap == usd(6)
        await trio.sleep(100)
        assert desk.published.jobs["job"].counts.spend == CHANGE


async def test_what_was_refused_goes_on_under_a_higher_cap(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        item = {**calling(5), "then": "fail"}
        await desk.ask(create([item], cap=usd(3)))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts.spend.picousd == 3 * CENT
        await desk.ask(CapJob("job", SpendCap()))
        await desk.ask(RetryJob("job"))
        view = await until(desk, "job", *ENDED)
        # It remembers none of the three, and makes all five.
        assert view.job.counts.spend.picousd == 8 * CENT


async def test_who_forgets_what_was_paid_finds_no_more_room_by_that(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([{**calling(2), "then": "fail"}], cap=usd(3)))
        for spent in (2, 3, 3):
            view = await until(desk, "job", *ENDED)
            assert view.job.counts.spend.picousd == spent * CENT
            await desk.ask(RetryJob("job"))


async def test_no_cap_of_a_job_that_is_not_there(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        with pytest.raises(NotFound):
            await desk.ask(CapJob("none", usd(1)))


@pytest.mark.parametrize("then", ["die", "raise", "lose"])
async def test_what_was_set_aside_is_over_when_its_item_has_left(then, autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        # The first reserves all there is, and is gone before it has settled.
        gone = {"do": "spend", "calls": [{"most": DEAR, "cost": USUAL, "dies": then}], "until": 9}
        items = [gone, calling(1, most=DEAR)]
        await desk.ask(create(items, cap=usd(3), concurrency=1))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts.spend == CHANGE
        assert view.job.counts.ok == 1
