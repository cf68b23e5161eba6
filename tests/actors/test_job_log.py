"""A job's live log: nothing of what is said is lost, in order; how far it goes is told."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import trio
from msgspec import UNSET

from actors.messages import CancelJob, PauseJob
from actors.runner.joblog import BUFFER_BYTES, KNOWN, LINE_BYTES, REPEATS, WINDOW_S, JobLog
from state.errors import StorageFull
from state.job_events import EventCounts, JobEvent
from state.memory import MemoryStore
from state.model import JobStatus
from tests.support.servers import ALICE, Server, create, until

LINES_PER_S = 2_000


@pytest.fixture
async def store():
    store = MemoryStore(max_log_bytes=1 << 30)
    await store.write_inputs(ALICE, "job", [])
    return store


@pytest.fixture
def log(store):
    house = SimpleNamespace(store=store, now=lambda: 1_700_000_000.0)
    return JobLog(ALICE, "job", house, trio.current_time)


async def written(store):
    page = await store.read_log(ALICE, "job", limit_bytes=1 << 30)
    return [line.message for line in page.lines]


async def test_two_thousand_lines_a_second_are_all_written_in_order(store, log, autojump_clock):
    said = []
    for _ in range(50):  # ten seconds, a window's length, at the usual pace of writing
        for _ in range(LINES_PER_S // 5):
            said.append(f"step {len(said)} of the work that is told line by line")
            log.say("info", said[-1])
        await trio.sleep(0.2)
        await log.flush()
    assert await written(store) == said


async def test_ten_seconds_of_them_wait_for_a_disk_that_takes_none(store, log, autojump_clock):
    said = [f"step {n} of the work that is told line by line" for n in range(10 * LINES_PER_S)]
    store.faults.fail("append_log", StorageFull("full"))
    for line in said:
        log.say("info", line)
    with pytest.raises(StorageFull):
        await log.flush()
    await log.flush()
    assert await written(store) == said


async def test_what_waits_is_bounded_and_what_is_left_out_is_counted(store, log, autojump_clock):
    room = BUFFER_BYTES // (LINE_BYTES + 1_000)
    for n in range(room + 7):
        log.say("info", f"{n:01000}")
    await log.flush()
    log.end("info", "finished", JobEvent("finished"))
    await log.flush()
    told = await written(store)
    assert len(told) == room + 2
    assert told[-2:] == ["7 lines were left out: the disk was behind", "finished"]


async def test_what_was_written_makes_room(store, log, autojump_clock):
    for n in range(3 * BUFFER_BYTES // (LINE_BYTES + 1_000)):
        log.say("info", f"{n:01000}")
        if n % 100 == 0:
            await log.flush()
    await log.flush()
    assert len(await written(store)) == 3 * BUFFER_BYTES // (LINE_BYTES + 1_000)


async def test_repetitions_are_counted_and_no_other_line_is(store, log, autojump_clock):
    for n in range(100):
        log.say("warning", "the same")
        log.say("info", f"another {n}")
    await log.flush()
    told = await written(store)
    assert told.count("the same") == REPEATS
    assert [line for line in told if line != "the same"] == [f"another {n}" for n in range(100)]
    await trio.sleep(WINDOW_S)
    log.say("info", "later")
    await log.flush()
    assert (await written(store))[-2:] == ["the same (and 80 more like this)", "later"]


async def test_who_says_a_great_many_things_is_not_taken_to_repeat_any(store, log, autojump_clock):
    for n in range(KNOWN):
        log.say("info", f"line {n}")
    for _ in range(2 * REPEATS):
        log.say("info", "the same")
    await log.flush()
    assert (await written(store)).count("the same") == 2 * REPEATS


async def test_how_far_the_log_goes_is_told_while_its_job_runs(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([{"do": "talk", "lines": 3, "steps": 4, "every_s": 5}]))
        await trio.sleep(8)
        view = desk.published.jobs["job"]
        page = await server.store.read_log(ALICE, "job")
        assert [line.message for line in page.lines][1:] == ["line 0", "line 1", "line 2"]
        assert view.live.log_bytes == page.size


@pytest.mark.parametrize(
    ("order", "how", "what"),
    [(PauseJob("job"), "drained", "rested"), (CancelJob("job"), "cancelled", "cancelled")],
)
async def test_the_last_words_of_what_is_told_to_end_are_news(autojump_clock, order, how, what):
    """Its status is told before its runner has ended: who reads its log then looks once more."""
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        # Nothing is in flight, so nothing of it is counted when its runner ends.
        await desk.ask(create([{"do": "busy", "retry_after_s": 1_000.0}], retries=9))
        await until(desk, "job", JobStatus.RUNNING)
        await trio.sleep(10)
        server.store.faults.delay("append_log", 1.0)
        await desk.ask(order)
        with trio.fail_after(100):
            while (published := desk.published).jobs["job"].live is not None:
                await desk.wait_newer(published.revision)
        page = await server.store.read_log(ALICE, "job")
        assert page.lines[-1].message.startswith(f"{how}:")
        begun, *_, ended = (line.event for line in page.lines if line.event is not UNSET)
        assert begun == JobEvent("begun", 1)
        assert ended == JobEvent(what, counts=EventCounts(0, 0, 0, 1))
