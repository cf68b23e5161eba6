"""What every store promises of a finale: its ending counts in the run that it was made in."""

from __future__ import annotations

import pytest

from state.filters import counts_in
from state.model import OutcomeStatus
from state.wanted import OutcomeFilter
from tests.support.states import ALICE, a_job, an_item, an_outcome, items

OK, FAILED = OutcomeStatus.OK, OutcomeStatus.FAILED
JOB = ALICE, "job-1"
LAST = 9


@pytest.fixture
async def ended(store):
    """Two items and the finale have ended; one of them, and perhaps the finale, has failed."""
    await store.write_inputs(*JOB, items(10))

    async def end(status):
        log = await store.open_outcomes(*JOB)
        await log.append(
            [
                an_outcome(0),
                an_outcome(1, FAILED, error="no"),
                an_outcome(LAST, status, error="none", once=True),
            ]
        )
        await log.sync()
        await log.aclose()
        return store

    return end


async def indexes(store, status, run, again=None):
    page = await store.read_outcomes(*JOB, status=status, run=run, again=again)
    return [record.index for record, _ in page.records]


async def pending(store, run, again=None):
    total, found = await store.read_pending(*JOB, run=run, again=again, limit=100)
    assert total == len(found)
    return [index for index, _ in found if index in (0, 1, LAST)]


@pytest.mark.parametrize("status", [OK, FAILED, OutcomeStatus.SKIPPED, OutcomeStatus.POISONED])
async def test_in_its_own_run_it_is_an_ending_like_any_other(ended, status):
    store = await ended(status)
    assert LAST not in await pending(store, run=1)
    shown = FAILED if status is OutcomeStatus.POISONED else status
    assert LAST in await indexes(store, shown, run=1)
    assert LAST in await indexes(store, shown, run=None)


@pytest.mark.parametrize("status", [OK, FAILED, OutcomeStatus.SKIPPED, OutcomeStatus.POISONED])
@pytest.mark.parametrize("again", [None, OutcomeFilter(text="no")])
async def test_in_a_later_run_it_is_to_be_done(ended, status, again):
    store = await ended(status)
    assert await pending(store, 2, again) == [1, LAST]
    assert LAST not in await indexes(store, status, 2, again)
    # It is still shown where no status is asked for.
    assert await indexes(store, None, 2, again) == [0, 1, LAST]


async def test_a_filter_that_does_not_find_it_leaves_it_to_be_done(ended):
    store = await ended(FAILED)
    again = OutcomeFilter(text="nobody says that")
    assert await pending(store, 2, again) == [LAST]
    assert await indexes(store, FAILED, 2, again) == [1]


async def test_whoever_opens_the_file_is_told(ended):
    store = await ended(OK)
    log = await store.open_outcomes(*JOB)
    assert set(log.replay.once) == {LAST}
    assert log.replay.latest[LAST] == (1, OK)
    await log.aclose()


def test_a_record_says_so_by_itself():
    finale = an_outcome(LAST, once=True)
    assert counts_in(a_job(run=1), finale, an_item(LAST))
    assert not counts_in(a_job(run=2), finale, an_item(LAST))
    assert counts_in(a_job(run=2), an_outcome(LAST), an_item(LAST))
