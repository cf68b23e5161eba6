"""What every store promises about the files of jobs: inputs, outcomes, logs, artifacts, secrets."""

from __future__ import annotations

import pytest
from msgspec import UNSET

from state.desks import JOURNEYS
from state.errors import ArtifactTooLarge, JobFilesMissing
from state.model import LogLine, OutcomeStatus, Tally
from state.spending import Spend
from state.views import Replay
from state.wanted import OutcomeFilter
from tests.support.states import ALICE, BOB, a_desk, a_job, an_item, an_outcome, items

OK, FAILED, LOST = OutcomeStatus.OK, OutcomeStatus.FAILED, OutcomeStatus.LOST
POISONED = OutcomeStatus.POISONED
NONE = Replay({}, {}, 0, 0, is_bare=True)


@pytest.fixture
async def job(store):
    await store.write_inputs(ALICE, "job-1", items(10))
    return store


async def outcomes(store, *records):
    log = await store.open_outcomes(ALICE, "job-1")
    await log.append(records)
    await log.sync()
    await log.aclose()


async def drained(pages):
    return [entry async for page in pages for entry in page]


async def test_inputs_are_read_in_any_order(job):
    inputs = await job.open_inputs(ALICE, "job-1")
    assert inputs.count == 10
    wanted = [7, 2, 3, 4, 9, 0]
    assert await inputs.read(wanted) == [an_item(index) for index in wanted]
    assert await inputs.read([]) == []
    for beyond in ([10], [-1]):
        with pytest.raises(JobFilesMissing):
            await inputs.read(beyond)
    await inputs.aclose()


async def test_a_failing_source_of_items_leaves_nothing(store):
    def broken():
        yield an_item(0)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.write_inputs(ALICE, "job-1", broken())
    with pytest.raises(JobFilesMissing):
        await store.open_inputs(ALICE, "job-1")
    await store.write_inputs(ALICE, "job-1", items(1))


async def test_jobs_without_files_say_so(store):
    with pytest.raises(JobFilesMissing):
        await store.open_inputs(ALICE, "job-1")
    with pytest.raises(JobFilesMissing):
        await store.open_outcomes(ALICE, "job-1")
    with pytest.raises(JobFilesMissing):
        await store.read_outcomes(ALICE, "job-1")
    with pytest.raises(JobFilesMissing):
        await drained(store.iter_outcomes(ALICE, "job-1"))


async def test_a_new_job_has_no_outcomes(job):
    log = await job.open_outcomes(ALICE, "job-1")
    assert log.replay == NONE
    await log.aclose()
    page = await job.read_outcomes(ALICE, "job-1")
    assert (page.total, page.records) == (0, ())
    total, pending = await job.read_pending(ALICE, "job-1", offset=8)
    assert (total, pending) == (10, ((8, an_item(8)), (9, an_item(9))))


async def test_items_are_read_as_they_were_handed_in(job):
    await outcomes(job, an_outcome(3))
    assert await job.read_items(ALICE, "job-1", offset=2, limit=3) == (
        an_item(2),
        an_item(3),
        an_item(4),
    )
    assert await job.read_items(ALICE, "job-1", offset=9) == (an_item(9),)
    assert await job.read_items(ALICE, "job-1", offset=10) == ()
    with pytest.raises(JobFilesMissing):
        await job.read_items(ALICE, "job-2")


async def test_the_newest_ending_of_an_item_counts(job):
    await outcomes(job, an_outcome(3, FAILED, error="no"), an_outcome(1), an_outcome(0, LOST))
    await outcomes(job, an_outcome(3, OK, run=2), an_outcome(0, LOST))
    page = await job.read_outcomes(ALICE, "job-1")
    assert page.total == 2
    assert page.records == ((an_outcome(1), an_item(1)), (an_outcome(3, OK, run=2), an_item(3)))
    log = await job.open_outcomes(ALICE, "job-1")
    assert log.replay == Replay({3: (2, OK), 1: (1, OK)}, {0: 2}, 0, 0, deaths={0: 2}, is_bare=True)
    await log.aclose()


async def test_an_ending_clears_the_strikes(job):
    await outcomes(job, an_outcome(0, LOST), an_outcome(0), an_outcome(0, LOST))
    log = await job.open_outcomes(ALICE, "job-1")
    assert (log.replay.strikes, log.replay.deaths) == ({0: 1}, {0: 1})
    await log.aclose()


async def test_what_is_paid_clears_the_strikes_before_it_and_deaths_stay_counted(job):
    paid = {"status": OutcomeStatus.SPENT, "spend": Spend(1, 2, 3, 4)}
    await outcomes(job, an_outcome(0, **paid), an_outcome(0, LOST), an_outcome(1, LOST))
    await outcomes(job, an_outcome(0, **paid), an_outcome(1, **paid), an_outcome(1, LOST))
    await outcomes(job, an_outcome(2, LOST), an_outcome(2, FAILED))
    log = await job.open_outcomes(ALICE, "job-1")
    assert (log.replay.strikes, log.replay.deaths) == ({1: 1}, {0: 1, 1: 2})
    await log.aclose()


async def test_what_items_have_spent_is_no_ending_and_is_found_again(job):
    some, more = Spend(2, 10, 5, 7), Spend(3, 20, 9, 2**62)
    await outcomes(
        job,
        an_outcome(0, LOST),
        an_outcome(0, OutcomeStatus.SPENT, spend=some),
        an_outcome(1, OutcomeStatus.SPENT, spend=some),
        an_outcome(1, FAILED, spend=more),
        an_outcome(2, OutcomeStatus.SPENT, spend=some),
        an_outcome(2, OutcomeStatus.SPENT, spend=more),
    )
    page = await job.read_outcomes(ALICE, "job-1")
    assert page.records == ((an_outcome(1, FAILED, spend=more), an_item(1)),)
    assert (page.ended, page.bad_lines) == (1, 0)
    found = await job.read_outcomes(ALICE, "job-1", where=OutcomeFilter(text="no"))
    assert found.total == 0
    total, _ = await job.read_pending(ALICE, "job-1")
    assert total == 9
    log = await job.open_outcomes(ALICE, "job-1")
    assert log.replay == Replay(
        {1: (1, FAILED)}, {}, 0, 0, spends={0: some, 1: more, 2: more}, deaths={0: 1}, is_bare=True
    )
    await log.aclose()


async def test_one_writer_at_a_time(job):
    log = await job.open_outcomes(ALICE, "job-1")
    with pytest.raises(RuntimeError):
        await job.open_outcomes(ALICE, "job-1")
    await log.aclose()
    await (await job.open_outcomes(ALICE, "job-1")).aclose()


async def test_closing_twice_does_not_close_for_the_next_writer(job):
    log = await job.open_outcomes(ALICE, "job-1")
    await log.aclose()
    again = await job.open_outcomes(ALICE, "job-1")
    await log.aclose()
    with pytest.raises(RuntimeError):
        await job.open_outcomes(ALICE, "job-1")
    await again.append([an_outcome(0)])
    await again.aclose()


async def test_pages_by_status_hold_what_the_run_counts(job):
    log = await job.open_outcomes(ALICE, "job-1")
    await log.append([an_outcome(0), an_outcome(1, FAILED), an_outcome(2, POISONED)])
    assert await _shown(job, run=1) == ([0, 1, 2], [0], [1, 2], [2], 7)
    # A retry: what failed before is to be done again, what is done stays done.
    assert await _shown(job, run=2) == ([0, 1, 2], [0], [], [], 9)
    await log.append([an_outcome(1, FAILED, run=2), an_outcome(2, run=2)])
    assert await _shown(job, run=2) == ([0, 1, 2], [0, 2], [1], [], 7)
    assert await _shown(job, run=None) == ([0, 1, 2], [0, 2], [1], [], 7)
    assert await _shown(job, run=3) == ([0, 1, 2], [0, 2], [], [], 8)
    await log.aclose()


async def _shown(job, run):
    """Indexes of all pages: all endings, ok, failed, poisoned; and how many are pending."""
    pages = [
        await job.read_outcomes(ALICE, "job-1", status=status, run=run)
        for status in (None, OK, FAILED, POISONED)
    ]
    indexes = [[record.index for record, _ in page.records] for page in pages]
    assert [page.total for page in pages] == [len(found) for found in indexes]
    return *indexes, (await job.read_pending(ALICE, "job-1", run=run))[0]


async def test_pages_follow_a_file_that_grows(job):
    log = await job.open_outcomes(ALICE, "job-1")
    for index in (4, 2, 9, 0):
        status = FAILED if index == 2 else OK
        await log.append([an_outcome(index, status)])
        assert (await job.read_outcomes(ALICE, "job-1")).records[-1][0].index >= index
    page = await job.read_outcomes(ALICE, "job-1", status=OK, offset=1, limit=1)
    assert (page.total, page.records[0][0].index) == (3, 4)
    page = await job.read_outcomes(ALICE, "job-1", status=FAILED)
    assert [record.index for record, _ in page.records] == [2]
    assert (await job.read_outcomes(ALICE, "job-1", status=LOST)).total == 0
    total, pending = await job.read_pending(ALICE, "job-1", limit=2)
    assert (total, [index for index, _ in pending]) == (6, [1, 3])
    await log.aclose()


async def test_an_export_shows_the_file_as_it_stood(job):
    log = await job.open_outcomes(ALICE, "job-1")
    await log.append([an_outcome(index) for index in (5, 1, 3)])
    seen = []
    async for page in job.iter_outcomes(ALICE, "job-1", batch=2):
        seen.append([record.index for record, _ in page])
        await log.append([an_outcome(9)])
    assert seen == [[1, 3], [5]]
    await log.aclose()


async def test_logs_are_read_by_offset(job):
    assert (await job.read_log(ALICE, "job-1")).lines == ()
    lines = [LogLine(float(n), "info", f"line {n}\nwith a break", n) for n in range(20)]
    size = await job.append_log(ALICE, "job-1", lines[:5])
    first = await job.read_log(ALICE, "job-1")
    assert (list(first.lines), first.next, first.size) == (lines[:5], size, size)
    await job.append_log(ALICE, "job-1", lines[5:])
    after, seen = first.next, []
    while (page := await job.read_log(ALICE, "job-1", after=after, limit_bytes=150)).lines:
        assert len(page.lines) <= 3
        seen += page.lines
        after = page.next
    assert seen == lines[5:]
    assert (await job.read_log(ALICE, "job-1", after=10**9)).next == page.size


async def test_a_full_log_says_so_once(store):
    await store.write_inputs(ALICE, "job-1", [])
    long = LogLine(0.0, "info", "x" * 1000)
    for _ in range(20):
        await store.append_log(ALICE, "job-1", [long, long])
        size = await store.append_log(ALICE, "job-1", [LogLine(0.0, "info", "short")])
    page = await store.read_log(ALICE, "job-1")
    assert page.size == size <= 4096
    assert "full" in page.lines[-1].message
    assert [line for line in page.lines if "full" in line.message] == [page.lines[-1]]


def made_as(made):
    """What every list says of it; the checksum it has when the index of the packs was synced."""
    return made.name, made.size_bytes, made.modified_at


async def test_artifacts_appear_when_they_are_whole(job):
    writer = await job.create_artifact(ALICE, "job-1", "pages/één.bin")
    await writer.write(b"ab")
    assert await job.list_artifacts(ALICE, "job-1") == []
    await writer.write(b"cde")
    made = await writer.commit()
    assert (made.name, made.size_bytes) == ("pages/één.bin", 5)
    (listed,) = await job.list_artifacts(ALICE, "job-1")
    assert (listed.name, listed.size_bytes, listed.modified_at) == made_as(made)
    chunks = job.open_artifact(ALICE, "job-1", "pages/één.bin", chunk_bytes=2)
    assert [chunk async for chunk in chunks] == [b"ab", b"cd", b"e"]


async def test_an_aborted_or_too_large_artifact_leaves_nothing(job):
    writer = await job.create_artifact(ALICE, "job-1", "a")
    with pytest.raises(ArtifactTooLarge):
        await writer.write(b"x" * 2000)
    await writer.abort()
    assert await job.list_artifacts(ALICE, "job-1") == []
    with pytest.raises(JobFilesMissing):
        await anext(job.open_artifact(ALICE, "job-1", "a"))


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "/x", "a//b", "a/../b", "a\\b", "a\0b", "a\nb", "x" * 256, "\ud800"],
)
async def test_unsafe_artifact_names_are_refused(job, name):
    with pytest.raises(ValueError, match="not a safe"):
        await job.create_artifact(ALICE, "job-1", name)
    with pytest.raises(JobFilesMissing):
        await anext(job.open_artifact(ALICE, "job-1", name))


async def test_secrets_belong_to_their_job(job):
    assert await job.load_secrets(ALICE, "job-1") == {}
    await job.save_secrets(ALICE, "job-1", {"proxy": "geheim"})
    await job.save_secrets(ALICE, "job-2", {"proxy": "anders"})
    assert await job.load_secrets(ALICE, "job-1") == {"proxy": "geheim"}
    assert await job.load_secrets(BOB, "job-1") == {}
    await job.delete_job(ALICE, "job-1")
    assert await job.load_secrets(ALICE, "job-1") == {}
    assert await job.load_secrets(ALICE, "job-2") == {"proxy": "anders"}


async def test_a_deleted_job_is_gone_and_deleting_it_again_is_fine(job):
    for _ in range(2):
        await job.delete_job(ALICE, "job-1")
    with pytest.raises(JobFilesMissing):
        await job.read_outcomes(ALICE, "job-1")


async def test_a_load_sweeps_jobs_that_the_state_does_not_name(job):
    await job.write_inputs(ALICE, "job-2", items(1))
    await job.save_secrets(ALICE, "job-2", {"a": "b"})
    await job.save(ALICE, a_desk(1, a_job("job-1")))
    loaded = await job.load(ALICE)
    assert loaded.sweep_error is None
    assert (await job.read_pending(ALICE, "job-1"))[0] == 10
    with pytest.raises(JobFilesMissing):
        await job.open_inputs(ALICE, "job-2")
    assert await job.load_secrets(ALICE, "job-2") == {}


async def test_secrets_of_journeys_outlive_every_job_and_are_forgotten_when_none_are_left(job):
    await job.save_secrets(ALICE, JOURNEYS, {"fill.1": "geheim", "fill.2": "anders"})
    await job.save_secrets(ALICE, "job-2", {"a": "b"})
    await job.save(ALICE, a_desk(1, a_job("job-1")))
    await job.load(ALICE)
    await job.delete_job(ALICE, "job-1")
    assert await job.load_secrets(ALICE, "job-2") == {}
    await job.save_secrets(ALICE, JOURNEYS, {"fill.2": "anders"})
    assert await job.load_secrets(ALICE, JOURNEYS) == {"fill.2": "anders"}
    await job.save_secrets(ALICE, JOURNEYS, {})
    assert await job.load_secrets(ALICE, JOURNEYS) == {}


async def test_the_newest_ending_says_what_an_item_came_to(job):
    tally = Tally(found=4, made=3)
    first = [an_outcome(index, FAILED, tally=Tally(made=9)) for index in (0, 1, 2)]
    await outcomes(job, *first)
    await outcomes(job, an_outcome(0, LOST), an_outcome(1, tally=tally), an_outcome(2))
    log = await job.open_outcomes(ALICE, "job-1")
    assert log.replay.tallies == {0: Tally(made=9), 1: tally}
    await log.aclose()
    page = await job.read_outcomes(ALICE, "job-1", status=OK)
    assert [record.tally for record, _ in page.records] == [tally, UNSET]
