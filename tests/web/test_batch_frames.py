"""BatchGo's messages as pure functions of what a desk has published."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from actors.messages import JobView, Published, Receipt, Transition
from state.ledgers import Ledger
from state.model import Counts, Job, JobStatus
from state.schedules import PassRecord, Schedule
from web.dialects.batchgo.frames import frames

SCHEDULE = Schedule(start="09:00", end="18:00", interval_min=60, work_days=(1, 2), timezone="UTC")


def job(job_id="t", status=JobStatus.RUNNING, revision=5, **fields):
    memo = {"dialect": "batchgo", "mode": "silent", "config": {}}
    defaults = {"kind": "fetch", "name": job_id, "lane": "x", "arrival": 0, "memo": memo}
    return Job(
        id=job_id, status=status, revision=revision, counts=Counts(total=4, ok=1),
        created_at=1.0, **{**defaults, **fields},
    )  # fmt: skip


def published(*jobs, transitions=(), complete_since=0, revision=9):
    return Published(
        revision=revision, created_at=0.0, jobs={each.id: JobView(each) for each in jobs},
        transitions=transitions, complete_since=complete_since, flags={},
        saved=Receipt(revision, 0.0), ledger=Ledger(granted=3, balance=3),
    )  # fmt: skip


def told(desk, after, *, nested=False):
    return [(frame["type"], frame["revision"]) for frame in frames(desk, after, nested=nested)]


def test_from_nothing_what_is_under_way_is_told_and_what_is_over_is_not():
    desk = published(job("a"), job("b", JobStatus.COMPLETED), job("c", JobStatus.PENDING))
    assert told(desk, None) == [("batch_task_start", 9), ("batch_progress", 9)]
    assert told(desk, 10) == told(desk, None)


def test_where_changes_are_no_longer_known_what_has_changed_is_told_as_it_stands():
    ended = job("a", JobStatus.FAILED, revision=8)
    change = Transition(9, "b", JobStatus.QUEUED, JobStatus.RUNNING, 1.0)
    desk = published(ended, transitions=(change,), complete_since=7)
    assert told(desk, 6) == [("batch_task_failed", 9)]
    assert told(desk, 8) == []


def test_a_change_is_told_with_the_status_that_it_led_to():
    steps = (
        Transition(7, "t", JobStatus.RUNNING, JobStatus.PAUSED, 7.0, "storage"),
        Transition(8, "t", JobStatus.PAUSED, JobStatus.QUEUED, 8.0),
        Transition(9, "t", JobStatus.QUEUED, JobStatus.RUNNING, 9.0),
    )
    desk = published(job(revision=9), transitions=steps)
    assert told(desk, 8) == [("batch_task_start", 9), ("batch_progress", 9)]
    paused, started, _ = frames(desk, 6, nested=False)
    assert (paused["status"], paused["message"], paused["timestamp"]) == (
        "paused", "storage", 7_000,
    )  # fmt: skip
    assert (started["type"], started["status"], started["revision"]) == (
        "batch_task_start", "running", 9,
    )  # fmt: skip


def test_a_pass_moves_its_schedule_too():
    parent = job("p", JobStatus.SCHEDULED, revision=2, schedule=SCHEDULE)
    parent = replace(parent, passes=(PassRecord(1.0, 1.0, job_id="c"),))
    child = job("c", revision=9, memo={}, parent="p")
    seen = {frame["task_id"]: frame for frame in frames(published(parent, child), 5, nested=False)}
    assert seen["c"]["parent_task_id"] == "p"
    assert (seen["p"]["processed"], seen["p"]["total"]) == (1, 4)


@pytest.mark.parametrize("nested", [True, False])
def test_a_pass_without_tokens_is_told(nested):
    short = job("p", JobStatus.SCHEDULED, revision=9, schedule=SCHEDULE, price_tokens=8)
    short = replace(short, passes=(PassRecord(1.0, 1.0, skipped="tokens"),))
    (frame, *_) = frames(published(short), 8, nested=nested)
    data = frame["data"] if nested else frame
    assert (frame["type"], data["required"], data["balance"]) == ("token_insufficient", 8, 3)
    assert "token_insufficient" not in [kind for kind, _ in told(published(short), 9)]


def test_jobs_of_others_are_not_told():
    assert told(published(job("x", memo={})), None) == []
