"""Jobs that grow, over every history of kills: nothing that was found is lost, or there twice."""

from __future__ import annotations

import copy
from functools import partial

import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from state.memory import MemoryStore
from state.model import JobStatus, OutcomeStatus
from tests.support.servers import ALICE, ENDED, Server, create, until

NODES = 24
DISK = ("append_inputs", "sync_inputs", "append", "sync", "save")

graphs = st.lists(
    st.lists(st.integers(0, NODES - 1), max_size=5), min_size=NODES, max_size=NODES
).map(lambda edges: {f"p{n}": [f"p{m}" for m in targets] for n, targets in enumerate(edges)})
# How long the server lives, and how it ends: with the machine, or a worker of it.
lives = st.lists(
    st.tuples(st.floats(0.05, 6), st.sampled_from(["power", "kill", "stop", "worker"])), max_size=5
)
delays = st.fixed_dictionaries({name: st.sampled_from([0, 0.01, 0.3, 2.0]) for name in DISK})


def reachable(graph):
    seen, waiting = {"p0"}, ["p0"]
    while waiting:
        new = set(graph[waiting.pop()]) - seen
        seen |= new
        waiting += new
    return seen


def written(store):
    """What a reader finds: the names of the items, and which of them have ended by themselves."""
    job = store._jobs[ALICE, "job"]
    names = [item.name for item in job.inputs]
    newest = job.newest().values()
    return names, {names[line.index] for line in newest if line.status is OutcomeStatus.OK}


def check_disk(store, graph, grows_to):
    names, ended = written(store)
    assert len(names) == len(set(names)) <= grows_to
    if len(names) < grows_to:
        for name in ended:
            assert set(graph[name]) <= set(names), f"what {name} has found is lost"


async def live(server, life_s, how, graph, grows_to, concurrency, delays):
    """One life of the server; what it leaves on disk."""
    for name, delay_s in delays.items():
        server.store.faults.delay(name, delay_s)
    left = None
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        if "job" not in desk.published.jobs:
            fields = {"grows_to": grows_to, "names": ["p0"], "concurrency": concurrency}
            walk = {"do": "walk", "name": "p0"}
            await desk.ask(create([walk], spec={"graph": graph, "s": 1}, **fields))
        await trio.sleep(life_s)
        if how == "worker":
            server.workers.kill()
            await trio.sleep(life_s)
        if how in ("power", "kill"):
            left = copy.deepcopy(server.store)
    if left is None:
        return server.store
    for name in delays:
        left.faults.delay(name, 0)
    if how == "power":
        left.lose_power()
    else:
        _forget_writers(left)
    return left


def _forget_writers(store: MemoryStore) -> None:
    """A kill leaves all that was written, and nobody who writes."""
    store._saving.clear()
    for job in store._jobs.values():
        job.writing = job.packing = job.growing = False


async def story(graph, lived, grows_to, concurrency, delays):
    server = Server(save_every_s=1.0, outcome_buffer_s=0.1)
    for life_s, how in [*lived, (0, "stop")]:
        store = await live(server, life_s, how, graph, grows_to, concurrency, delays)
        check_disk(store, graph, grows_to)
        server = Server(save_every_s=1.0, outcome_buffer_s=0.1)
        server.store = store
    async with server.running() as directory:
        view = await until(await directory.find(ALICE), "job", *ENDED)
    names, _ = written(server.store)
    check_disk(server.store, graph, grows_to)
    every, counts = reachable(graph), view.job.counts
    assert set(names) <= every
    assert view.job.damage is None
    assert (counts.total, counts.done, counts.skipped) == (len(names), len(names), 0)
    # What a worker died with twice is not done a third time, and need not have found anything.
    if counts.failed == 0:
        assert view.job.status is JobStatus.COMPLETED
        assert len(names) == min(grows_to, len(every))
    endings = [
        line.index
        for line in server.store._jobs[ALICE, "job"].lines
        if line.status is OutcomeStatus.OK
    ]
    assert len(endings) == len(set(endings)), "an item was done again"


@settings(max_examples=60, deadline=None)
@given(graphs, lives, st.sampled_from([1, 7, 20, 1_000]), st.integers(1, 12), delays)
def test_nothing_found_is_lost_or_done_twice(graph, lived, grows_to, concurrency, delays):
    tale = partial(story, graph, lived, grows_to, concurrency, delays)
    trio.run(tale, clock=MockClock(autojump_threshold=0))


async def test_whenever_the_server_was_killed_what_ended_items_found_is_there(autojump_clock):
    graph = {f"p{n}": [f"p{(n + step) % NODES}" for step in (1, 7, 11)] for n in range(NODES)}
    server = Server(save_every_s=1.0)
    left = []
    for name in ("append_inputs", "sync_inputs", "append", "sync"):
        server.store.faults.delay(name, 0.4)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        walk = {"do": "walk", "name": "p0"}
        await desk.ask(create([walk], spec={"graph": graph, "s": 1}, grows_to=99, names=["p0"]))
        while desk.published.jobs["job"].job.status not in ENDED:
            left.append(copy.deepcopy(server.store))
            await trio.sleep(0.15)
    for number, store in enumerate(left):
        _forget_writers(store)
        check_disk(store, graph, 99)
        store.lose_power()
        check_disk(store, graph, 99)
        if number % 4 == 0:
            await _finish(store, graph)
    assert len(left) > 20


async def _finish(store, graph):
    server = Server()
    server.store = store
    for name in DISK:
        store.faults.delay(name, 0)
    async with server.running() as directory:
        view = await until(await directory.find(ALICE), "job", *ENDED)
    assert view.job.counts.ok == view.job.counts.total == len(reachable(graph))
    assert sorted(written(store)[0]) == sorted(reachable(graph))
