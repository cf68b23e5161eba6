"""What brings a socket of the documents API from one revision of a desk to another."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from actors.messages import JobView, Published, Receipt, Transition
from state.errors import JobFilesMissing
from state.model import Counts, JobStatus
from tests.support.states import a_job
from tests.web.test_documents_socket import SPEC, make_task, opened, say, until
from web.dialects.documents.estimates import UsualEstimates
from web.dialects.documents.events import Telling, changes
from web.dialects.documents.feeds import DocumentFeeds
from web.dialects.documents.selection import ALL, PROGRESS, Selection
from web.errors import WebError

TELLING = Telling("en", 1_000.0, UsualEstimates())
EVERYTHING = Selection({ALL: frozenset({PROGRESS})})


def desk_at(revision, status, *steps, complete_since=0):
    """A desk with one task, which went through those steps, (revision, from, to), and was changed
    at its newest revision."""
    job = a_job(
        "t", status, 4, kind="document", spec=SPEC, revision=revision,
        memo={"dialect": "documents", "family": "A"},
    )  # fmt: skip
    job = replace(job, counts=Counts(total=4, ok=1), ended_at=999.0)
    return Published(
        revision=revision,
        created_at=0.0,
        jobs={"t": JobView(job)},
        transitions=tuple(Transition(at, "t", old, new, 900.0 + at) for at, old, new in steps),
        complete_since=complete_since,
        flags={},
        saved=Receipt(revision, 0.0),
    )


R, P, C = JobStatus.RUNNING, JobStatus.PAUSED, JobStatus.CANCELLED
STEPS = ((2, JobStatus.PENDING, R), (3, R, P), (4, P, R), (5, R, C))


def kinds(published, after, selection=EVERYTHING):
    return [told["type"] for told in changes(published, after, selection, TELLING)]


def test_each_change_since_then_is_told_in_order_and_once():
    published = desk_at(5, C, *STEPS)
    assert kinds(published, 1) == ["task_started", "task_paused", "task_started", "task_cancelled"]
    assert kinds(published, 3) == ["task_started", "task_cancelled"]
    assert kinds(published, 5) == []


def test_where_changes_are_no_longer_known_the_task_is_told_as_it_stands():
    published = desk_at(9, C, *STEPS[2:], complete_since=4)
    assert kinds(published, 3) == ["task_started", "task_progress", "task_cancelled"]
    assert kinds(published, 4) == ["task_cancelled"]


def test_who_has_seen_more_than_there_is_is_told_how_it_stands():
    """The server may have gone back to an older generation of the desk."""
    published = desk_at(5, C, *STEPS)
    assert kinds(published, 77) == ["task_started", "task_progress", "task_cancelled"]


def test_progress_comes_to_who_asked_for_it_while_the_task_is_at_work():
    at_work = desk_at(6, R, STEPS[0])
    assert kinds(at_work, 5) == ["task_progress"]
    assert kinds(at_work, 5, Selection({"t": frozenset()})) == []
    assert kinds(at_work, 5, Selection({"another": frozenset({PROGRESS})})) == []
    assert kinds(desk_at(6, P, *STEPS[:2]), 5) == []


@pytest.mark.parametrize(
    ("error", "told"),
    [(JobFilesMissing("a disk is gone"), ["FILES_DAMAGED"]), (WebError("not_found", "gone"), [])],
    ids=["damaged", "deleted meanwhile"],
)
async def test_files_that_cannot_be_read_end_no_socket(
    client, desk, autojump_clock, monkeypatch, error, told
):
    async def fails(feeds, visit, view):
        raise error

    monkeypatch.setattr(DocumentFeeds, "by_template", fails)
    task = await make_task(desk)
    async with opened(client, f"/v2/stream/{task}") as socket:
        await say(socket, action="ping")
        seen = await until(socket, "pong")
        assert [each["data"]["code"] for each in seen if each["type"] == "error"] == told
        desk.move(task, JobStatus.CANCELLED)
        assert (await until(socket, "task_cancelled"))[-1]["taskId"] == task
