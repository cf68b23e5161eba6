"""The gate before an endpoint: so many at once, and every job its turn."""

from itertools import groupby

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import wait_all_tasks_blocked

from executors.agent.model.client import Endpoint, Model, Terms
from executors.agent.model.gate import Gate, Pace, Rota, Turnstile
from tests.support.talking import ASK, SOON, Talker, error, service_of, spoken


class Work:
    """Calls of one second each; notes which job began when."""

    def __init__(self, gate):
        self.gate = gate
        self.began = []
        self.at_once = 0
        self.most = 0

    async def call(self, who):
        async with self.gate.turn(who):
            self.began.append((trio.current_time(), who))
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            await trio.sleep(1)
            self.at_once -= 1


@pytest.fixture
def work():
    return Work(Gate(2))


async def test_so_many_at_once_and_no_more(work, autojump_clock):
    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(work.call, "a")
    assert work.most == 2
    assert work.began[-1][0] - work.began[0][0] == 4


async def test_a_job_with_many_calls_does_not_starve_one_with_one(work, autojump_clock):
    async with trio.open_nursery() as nursery:
        for _ in range(100):
            nursery.start_soon(work.call, "many")
        await trio.testing.wait_all_tasks_blocked()
        start = trio.current_time()
        nursery.start_soon(work.call, "one")
    [began] = [at for at, who in work.began if who == "one"]
    assert began - start <= 1


async def test_nobody_goes_before_the_time_that_was_asked_for(work, autojump_clock):
    """Those who wait already neither, though every one in flight ends meanwhile."""
    start = trio.current_time()
    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(work.call, "a")
        await trio.sleep(0.5)
        work.gate.hold(60)
        await trio.sleep(10)
        work.gate.hold(30)
        nursery.start_soon(work.call, "b")
    assert [at - start for at, _ in work.began] == [0, 0, 60.5, 60.5, 61.5]


async def test_a_wait_that_grows_is_kept(work, autojump_clock):
    async with trio.open_nursery() as nursery:
        work.gate.hold(5)
        nursery.start_soon(work.call, "a")
        await trio.sleep(1)
        work.gate.hold(9)
        start = trio.current_time()
    assert work.began[0][0] - start == 9


async def test_who_gives_up_leaves_no_place_taken(work, autojump_clock):
    with trio.move_on_after(0.5):
        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(work.call, "a")
    assert len(work.began) == 2
    with trio.fail_after(1.5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(work.call, "b")
            nursery.start_soon(work.call, "b")


async def test_who_is_cancelled_as_its_turn_comes_passes_it_on(work, autojump_clock):
    async with trio.open_nursery() as nursery:
        nursery.start_soon(work.call, "a")
        nursery.start_soon(work.call, "a")
        await trio.testing.wait_all_tasks_blocked()
        with trio.move_on_after(1):
            await work.call("b")
        nursery.start_soon(work.call, "c")
        nursery.start_soon(work.call, "c")
    assert [who for _, who in work.began].count("c") == 2
    assert work.most == 2


@given(
    st.integers(1, 5),
    st.lists(st.tuples(st.sampled_from(["join", "end", "hold"]), st.integers(0, 3)), max_size=80),
)
def test_the_rota_lets_no_more_go_than_it_may(at_once, steps):
    rota = Rota(at_once)
    waiting, going, not_before = [], 0, 0
    for now, (step, value) in enumerate(steps):
        if step == "join":
            rota.join(str(value), now)
            waiting.append(now)
        elif step == "end" and going:
            rota.end()
            going -= 1
        elif step == "hold":
            rota.hold(now + value)
            not_before = max(not_before, now + value)
        gone = list(rota.go(now))
        going += len(gone)
        for ticket in gone:
            waiting.remove(ticket)
        assert going <= at_once
        assert not gone or now >= not_before
        assert not waiting or going == at_once or now < not_before


def test_jobs_take_turns():
    rota = Rota(1)
    for ticket in range(5):
        rota.join("a", ("a", ticket))
    for ticket in range(3):
        rota.join("b", ("b", ticket))
    order = []
    while gone := list(rota.go(0)):
        order += gone
        rota.end()
    assert [who for who, _ in order] == list("abababaa")
    for _, mine in groupby(sorted(order), key=lambda each: each[0]):
        numbers = [number for _, number in mine]
        assert numbers == sorted(numbers)


def test_a_gate_for_nobody_is_none():
    with pytest.raises(ValueError, match="0 calls at once"):
        Gate(0)


async def test_a_429_with_a_wish_holds_all_calls_of_the_endpoint(nursery):
    """Another job's call, begun after it, comes after it."""
    talker = Talker(error("429 No", "slow", "retry-after-ms: 60"), spoken())
    async with service_of(talker, nursery) as service:
        endpoint = Endpoint(service, timing=SOON, at_once=4)
        began = trio.current_time()
        first = trio.Event()
        terms = Terms(told=lambda text: first.set(), who="a")
        times = []

        async def call(model):
            await model.call(ASK)
            times.append(trio.current_time() - began)

        async with trio.open_nursery() as calls:
            calls.start_soon(call, Model("small", endpoint, terms))
            await first.wait()
            calls.start_soon(call, Model("small", endpoint, Terms(who="b")))
    assert len(times) == 2
    assert min(times) >= 0.06


class Turns(trio.abc.Instrument):
    """Of the loop, counted."""

    def __init__(self):
        self.count = 0

    def before_io_wait(self, timeout):
        self.count += 1


@pytest.fixture
async def turns():
    turns = Turns()
    trio.lowlevel.add_instrument(turns)
    yield turns
    trio.lowlevel.remove_instrument(turns)


async def test_who_comes_alone_waits_for_a_turn_and_no_more(turns):
    stile = Turnstile()
    for _ in range(3):
        came = turns.count
        await stile.go_through()
        assert turns.count <= came + 1
        await wait_all_tasks_blocked()


async def test_those_who_come_together_go_through_one_a_turn(turns):
    stile, passed = Turnstile(), []

    async def one():
        await stile.go_through()
        passed.append(turns.count)

    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(one)
    assert len(set(passed)) == 20, "no two in the same turn"
    assert max(passed) - min(passed) <= 25, "and none is left out for long"


async def test_they_go_through_in_the_order_in_which_they_came():
    stile, came, passed = Turnstile(), [], []

    async def one(number):
        came.append(number)
        await stile.go_through()
        passed.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(one, number)
    assert passed == came


async def test_who_waits_and_gives_up_holds_up_nobody():
    stile, passed = Turnstile(), []

    async def one(scope):
        with scope:
            await stile.go_through()
            passed.append(scope)

    scopes = [trio.CancelScope() for _ in range(4)]
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            for scope in scopes:
                nursery.start_soon(one, scope)
            await trio.lowlevel.checkpoint()
            for scope in scopes[:2]:
                scope.cancel()
        await stile.go_through()
    assert set(scopes[2:]) <= set(passed)


async def test_who_is_cancelled_in_its_turn_lets_the_next_go():
    stile = Turnstile()

    async def first(scope):
        with scope:
            await stile.go_through()

    async def second(scope):
        scope.cancel()
        await stile.go_through()

    # Which of the two runs first is not for us to say.
    for _ in range(20):
        scope = trio.CancelScope()
        with trio.fail_after(5):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(first, scope)
                nursery.start_soon(second, scope)


async def test_who_is_cancelled_goes_through_at_no_time():
    stile = Turnstile()
    for _ in range(2):
        with trio.CancelScope() as scope:
            scope.cancel()
            await stile.go_through()
        assert scope.cancelled_caught


async def test_at_a_pace_one_goes_after_the_other_and_some_at_once_after_a_pause(autojump_clock):
    pace, went = Pace(2.0, 2), []

    async def one():
        await pace.go_through()
        went.append(trio.current_time())

    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(one)
    assert went == [0.0, 0.0, 2.0, 4.0]
    await trio.sleep(3)
    await one()
    assert went[4:] == [7.0]
    await trio.sleep(100)
    for _ in range(3):
        await one()
    assert went[5:] == [107.0, 107.0, 109.0], "no more were saved up"


async def test_each_answer_goes_through_before_it_is_read_and_no_refusal_does(nursery):
    gone = []

    class Noted(Turnstile):
        async def go_through(self):
            gone.append([*heard])
            await super().go_through()

    heard = []
    talker = Talker(error("429 No", "slow", "retry-after-ms: 1"), spoken())
    async with service_of(talker, nursery) as service:
        endpoint = Endpoint(service, timing=SOON)
        endpoint.way_back = Noted()
        await Model("small", endpoint, Terms()).call(ASK, heard.append)
    assert gone == [[]], "once, and nothing was heard of it before"
    assert heard
