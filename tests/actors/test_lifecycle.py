"""docs/job-lifecycle.md draws what the code allows, and no more."""

import re
from pathlib import Path

import pytest

from actors.errors import InvalidStatus
from actors.messages import CancelJob, DeleteJob, PauseJob, ResumeJob, RetryJob, StartJob
from actors.rules.change import Limits, Moment
from actors.rules.jobs import decide
from state.model import ALLOWED, Counts, DeskState, Job, JobStatus
from state.schedules import Schedule

PAGE = (Path(__file__).parents[2] / "docs" / "job-lifecycle.md").read_text("utf-8")
COMMANDS = {
    "start": StartJob,
    "pause": PauseJob,
    "resume": ResumeJob,
    "cancel": CancelJob,
    "retry": RetryJob,
    "delete": DeleteJob,
}
DAILY = Schedule(
    start="09:00", end="10:00", interval_min=60, work_days=tuple(range(7)), timezone="UTC"
)
LIMITS = Limits(max_jobs=10, max_idempotency_keys=10, idempotency_ttl_s=60)


def rows():
    page = PAGE.partition("## What moves")[0]
    return dict(re.findall(r"^\| `(\w+)` \| .* \| ([\w, ]+) \|$", page, re.MULTILINE))


def test_the_drawing_is_the_table():
    drawn = set(re.findall(r"^ +(\w+) --> (\w+)$", PAGE, re.MULTILINE))
    assert drawn == {(old.value, new.value) for old, news in ALLOWED.items() for new in news}


def test_every_status_is_explained():
    assert set(rows()) == set(JobStatus)


@pytest.mark.parametrize("status", list(JobStatus))
def test_what_can_be_asked_is_what_is_done(status):
    job = Job(
        id="j",
        kind="k",
        name="n",
        lane="k",
        arrival=0,
        counts=Counts(2, ok=1, failed=1),
        created_at=0.0,
        status=status,
        reason="user" if status is JobStatus.PAUSED else None,
        ended_at=1.0,
        schedule=DAILY if status is JobStatus.SCHEDULED else None,
    )
    done = set()
    for name, command in COMMANDS.items():
        try:
            decide(DeskState(created_at=0.0, jobs={"j": job}), command("j"), Moment(2.0, 7), LIMITS)
        except InvalidStatus:
            continue
        done.add(name)
    assert done == set(rows()[status].split(", "))
