"""What tasks of documents are promised, from how fast others of their format went."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from actors.messages import JobView, LiveProgress
from state.model import Counts, Job, JobStatus
from web.dialects.documents.estimates import UsualEstimates
from web.dialects.documents.measured import BELIEVED_S, HALF_LIFE_S, MeasuredEstimates
from web.dialects.documents.progress import remaining_s


def job(format="docx", kind="document"):
    return Job(
        id="t", kind=kind, name="t", lane="documents", arrival=0, created_at=0.0,
        counts=Counts(total=9), spec={"format": format},
    )  # fmt: skip


def test_before_anything_was_measured_the_usual_is_said():
    for format in ("docx", "pdf"):
        usual = UsualEstimates().seconds(format, 50)
        assert MeasuredEstimates().seconds(format, 50) == pytest.approx(usual)


def test_what_is_measured_prevails_by_its_own_format():
    estimates = MeasuredEstimates()
    for _ in range(100):
        estimates.noted(job(), 1_000, 1.0)
    assert estimates.seconds("docx", 1_000) == pytest.approx(1.0, rel=0.05)
    assert estimates.seconds("pdf", 5) == pytest.approx(1.0)


def test_a_short_job_moves_it_a_little():
    estimates = MeasuredEstimates()
    before = estimates.seconds("docx", 100)
    estimates.noted(job(), 30, BELIEVED_S / 20)
    assert before / 2 < estimates.seconds("docx", 100) < before


def test_what_was_fades_by_work_not_by_time():
    estimates = MeasuredEstimates()
    estimates.noted(job(), 100_000, 100.0)
    for _ in range(25):
        estimates.noted(job(), 10, HALF_LIFE_S)
    assert estimates.seconds("docx", 10) == pytest.approx(HALF_LIFE_S, rel=0.2)


def test_nothing_made_in_a_long_time_is_slow_and_not_for_ever():
    estimates = MeasuredEstimates()
    for _ in range(100):
        estimates.noted(job(), 0, HALF_LIFE_S)
    assert 10.0 < estimates.seconds("docx", 1) < 1_000.0


def test_other_kinds_tell_nothing():
    estimates = MeasuredEstimates()
    estimates.noted(job(kind="fetch"), 100_000, 100.0)
    assert estimates.seconds("docx", 100) == UsualEstimates().seconds("docx", 100)


def test_a_task_at_work_is_told_by_its_own_pace_and_one_that_ended_by_none():
    estimates, waits = UsualEstimates(), job()
    usual = estimates.seconds("docx", 9)
    assert remaining_s(JobView(waits), estimates) == pytest.approx(usual)
    began = LiveProgress(counts=Counts(total=9, ok=3))
    assert remaining_s(JobView(waits, began), estimates) == estimates.seconds("docx", 6)
    assert remaining_s(JobView(waits, replace(began, eta_s=77.0)), estimates) == 77.0
    ended = replace(waits, status=JobStatus.CANCELLED)
    assert remaining_s(JobView(ended), estimates) == 0.0
