"""Small desks, jobs, items and outcomes for the tests of the stores."""

from __future__ import annotations

import msgspec

from state.model import (
    Counts,
    DeskState,
    InputItem,
    Job,
    JobStatus,
    OutcomeRecord,
    OutcomeStatus,
)
from state.views import desk_key

ALICE = desk_key("alice")
BOB = desk_key("bob")


def a_job(job_id="job-1", status=JobStatus.PENDING, total=3, **fields):
    given = {"kind": "fetch", "name": "spring", "lane": "fetch", "arrival": 0, "created_at": 5.0}
    return Job(id=job_id, status=status, counts=Counts(total), **{**given, **fields})


def a_desk(revision=1, *jobs, **fields):
    return DeskState(
        revision=revision, created_at=1.0, jobs={job.id: job for job in jobs}, **fields
    )


def running_desk(revision=1, job_id="job-1"):
    return a_desk(revision, a_job(job_id, JobStatus.QUEUED))


def an_item(index):
    return InputItem(msgspec.Raw(b'{"url":"http://h/%d"}' % index), "http://h")


def items(count):
    return [an_item(index) for index in range(count)]


def an_outcome(index, status=OutcomeStatus.OK, run=1, **fields):
    given = {"at": 7.0, "result": msgspec.Raw(b'{"http_status":200}')}
    return OutcomeRecord(index=index, run=run, status=status, **{**given, **fields})
