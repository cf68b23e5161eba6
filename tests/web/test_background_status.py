"""`task_status` whatever the history of a job: a property, and how little of its files is read."""

from __future__ import annotations

from types import SimpleNamespace

import msgspec
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw
from msgspec.structs import replace

from actors.messages import JobView, LiveProgress
from state.memory import MemoryStore
from state.model import TERMINAL, AtWork, Counts, InputItem, Job, JobStatus, OutcomeRecord
from state.model import OutcomeStatus as Ends
from state.views import desk_key
from tests.support.desks import ScriptedDesk
from tests.support.old_page import OldPage, by_client
from tests.support.played import playing
from tests.support.servers import Server
from tests.web.conftest import GUEST
from web.dialects.background import schemas
from web.dialects.background.endings import Ended, Endings, Known, Label, _Result, _result_of
from web.dialects.background.status import task_status

NOW = 1_700_000_100.0
STATES = ("completed", "failed", "skipped")

texts = st.text(max_size=5)
times = st.floats(0, 2e9)
at_works = st.builds(
    AtWork,
    index=st.integers(-1, 9),
    fraction=st.floats(-1, 2),
    stage=texts,
    done=st.integers(-1, 300),
    total=st.integers(-1, 200),
    at=times,
)


@st.composite
def histories(draw):
    """A job somewhere in its life, and what its files said a moment ago: they need not agree."""
    total = draw(st.integers(0, 8))
    ok, failed, skipped = (draw(st.integers(0, 9)) for _ in range(3))
    counts = Counts(total=total, ok=ok, failed=failed, skipped=skipped)
    working = tuple(draw(st.lists(at_works, max_size=3)))
    status = draw(st.sampled_from(JobStatus))
    spec = draw(st.sampled_from([{}, {"task_indices": list(range(total, 0, -1))}]))
    job = Job(
        id="job",
        kind="visit",
        name="",
        lane="background",
        arrival=1,
        status=status,
        counts=counts,
        concurrency=1,
        retries=0,
        spec={**spec, "without_path": draw(st.sampled_from(["fail", "generate"]))},
        working=working,
        created_at=draw(times),
        started_at=draw(st.none() | times),
        ended_at=draw(st.none() | times) if status in TERMINAL else None,
        error=draw(st.none() | texts),
    )
    live = LiveProgress(counts=counts, working=tuple(draw(st.lists(at_works, max_size=3))))
    ended = st.builds(
        Ended,
        state=st.sampled_from(STATES),
        error=texts,
        screenshots=st.lists(texts, max_size=2).map(tuple),
        steps=st.integers(0, 200),
        at=times,
    )
    known = Known(
        "job",
        0,
        counts.done,
        draw(st.dictionaries(st.integers(0, 9), st.builds(Label, texts, texts), max_size=9)),
        draw(st.dictionaries(st.integers(0, 9), ended, max_size=9)),
    )
    return JobView(job, draw(st.none() | st.just(live))), known


@given(histories(), st.sampled_from(["zh", "en"]))
@settings(max_examples=100, deadline=None)
def test_every_field_is_within_its_range_whatever_the_history(history, language):
    view, known = history
    told = task_status(view, known, now=NOW, base="/api/desks/me/jobs", language=language)
    # As it is described: types, and bounds of numbers.
    wire = msgspec.json.encode(schemas.BackgroundStatusAnswer(task_status=told))
    assert msgspec.json.decode(wire, type=schemas.BackgroundStatusAnswer).task_status == told
    assert told.completed_tasks <= max(1, told.total_tasks)
    assert told.singleProcessedPoints <= told.singleTotalPoints
    assert told.current_task_index < max(1, told.total_tasks)
    assert len(told.task_indices) == len(told.tasks)
    assert (told.progress_percent == 100) == (told.completed_tasks >= max(1, told.total_tasks))
    assert told.error == "" or told.status == "error"
    if view.job.status in TERMINAL:
        assert not {"running", "pending"} & {each.status for each in told.tasks}
    if told.completed_tasks >= max(1, told.total_tasks):
        assert told.current_task_progress == 100


@pytest.mark.parametrize(
    "result", [b"{}", b'{"screenshots": 5}', b'{"steps_total": "9"}', b"[]", b"nothing"]
)
def test_a_result_that_is_none_tells_nothing(result):
    assert _result_of(Raw(result)) == _Result()


class CountingStore(MemoryStore):
    """How many outcomes, and items without one, were handed out."""

    outcomes = pending = 0

    async def read_outcomes(self, *where, **how):
        page = await super().read_outcomes(*where, **how)
        self.outcomes += len(page.records)
        return page

    async def read_pending(self, *where, **how):
        total, page = await super().read_pending(*where, **how)
        self.pending += len(page)
        return total, page


async def test_many_polls_read_each_ending_once(deps, autojump_clock):
    """A page polls through a job of 60 tasks; in the end it has read the outcome of each once."""
    server = Server()
    store = server.store = CountingStore(now=server.now)
    tasks = [
        {"url": f"https://shop.example/{n}", "path": [{"do": "screenshot"}]} for n in range(60)
    ]
    async with playing(deps, server=server) as (app, _):
        await server.supervisor.directory.create(desk_key(GUEST))
        page = OldPage(by_client(app.test_client()), GUEST)
        await page.save(tasks)
        await page.start(list(range(60)))
        with trio.fail_after(3_600):
            while True:
                first, second = await page.status(), await page.status()
                assert [each["url"] for each in first["tasks"]] == [each["url"] for each in tasks]
                if first["status"] != "running":
                    break
                await trio.sleep(3)
        assert (second["completed_tasks"], store.pending) == (60, 60)
        assert {each["status"] for each in second["tasks"]} == {"completed"}
        # Nothing but the journeys' own learning, which reads in another way, has read others.
        assert store.outcomes == 60


async def test_an_ending_of_an_earlier_run_does_not_count():
    """Of a retried job: what failed before is done again, what was well stays."""
    store, desk = MemoryStore(), desk_key(GUEST)
    await store.write_inputs(desk, "job", [InputItem(Raw(b'"https://a.example/"'))] * 3)
    log = await store.open_outcomes(desk, "job")
    await log.append(
        [
            OutcomeRecord(index=index, run=1, status=status, at=NOW)
            for index, status in enumerate((Ends.OK, Ends.FAILED, Ends.POISONED))
        ]
    )
    job = Job(
        id="job",
        kind="visit",
        name="",
        lane="background",
        arrival=1,
        status=JobStatus.RUNNING,
        counts=Counts(3),
        concurrency=1,
        retries=0,
        run=2,
        created_at=NOW,
    )
    endings, visit = Endings(store), SimpleNamespace(key=desk, desk=ScriptedDesk(desk))
    known = await endings.of(visit, JobView(job))
    assert {index: ended.state for index, ended in known.ended.items()} == {0: "completed"}
    await log.append([OutcomeRecord(index=2, run=2, status=Ends.OK, at=NOW)])
    again = await endings.of(visit, JobView(replace(job, counts=Counts(3, ok=2))))
    assert again.ended.keys() == {0, 2}
    assert again.labels == known.labels
