"""A job as the task manager's task. Pure."""

from __future__ import annotations

import json

import msgspec
import pytest
from msgspec.structs import replace

from actors.messages import JobView, LiveProgress
from state.model import AtWork, Counts, Job, JobStatus
from web.dialects.taskmanager.audience import Audience
from web.dialects.taskmanager.view import folder_of, is_task, pictures_of, task_of

JOB = Job(
    id="0f8fad5b",
    kind="generate",
    name="generate: 2 items",
    lane="generate",
    arrival=0,
    status=JobStatus.RUNNING,
    counts=Counts(4, ok=1, found=2, made=2),
    spec={"batch_size": 2, "batch_count": 1, "loop_count": 1, "prompt": "a cat"},
    created_at=1_700_000_000.0,
    started_at=1_700_000_010.5,
)


def told(**changes):
    return task_of(JobView(replace(JOB, **changes)))


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("pending", "pending"),
        ("queued", "pending"),
        ("scheduled", "pending"),
        ("running", "running"),
        ("paused", "running"),
        ("completed", "completed"),
        ("partially_completed", "completed"),
        ("failed", "failed"),
        ("cancelled", "cancelled"),
    ],
)
def test_every_status_has_a_word(status, said):
    assert told(status=JobStatus(status)).status == said
    assert len(JobStatus) == 9


def test_a_paused_job_says_so_in_its_stage():
    assert told(status=JobStatus.PAUSED).stage == "paused"
    assert told().stage == ""


def test_progress_has_the_shares_of_what_is_at_work_and_is_cut():
    live = LiveProgress(
        counts=Counts(4, ok=1), in_flight=2, working=(AtWork(1, 0.5, "half"), AtWork(2, 0.49))
    )
    task = task_of(JobView(JOB, live))
    assert (task.progress, task.stage) == (49, "half")
    almost = LiveProgress(counts=Counts(1), working=(AtWork(0, 1.0),))
    assert task_of(JobView(JOB, almost)).progress == 99
    assert told(counts=Counts(0)).progress == 0
    assert told(status=JobStatus.COMPLETED, counts=Counts(4, ok=4)).progress == 100


def test_pictures_are_those_asked_for_and_those_that_are_there():
    task = told(status=JobStatus.PARTIALLY_COMPLETED)
    assert (task.images_found, task.images_generated) == (8, 8)
    assert (task.images_downloaded, task.images_success) == (2, 2)
    assert json.loads(task.result) == {
        "images": ["/api/tasks/0f8fad5b/images/1", "/api/tasks/0f8fad5b/images/2"],
        "count": 2,
        "loops": 1,
    }
    fewer = task_of(JobView(replace(JOB, status=JobStatus.COMPLETED)), most_listed=1)
    assert len(json.loads(fewer.result)["images"]) == 1
    assert len(pictures_of("x", 10**6)) == 1_600
    there = Audience(origin="https://desk.example")
    whole = task_of(JobView(replace(JOB, status=JobStatus.COMPLETED)), audience=there)
    assert (
        json.loads(whole.result)["images"][0] == "https://desk.example/api/tasks/0f8fad5b/images/1"
    )


def test_of_others_they_are_what_was_found():
    task = told(kind="crawl", status=JobStatus.COMPLETED, counts=Counts(9, ok=9, found=7, made=5))
    assert (task.images_found, task.images_downloaded) == (7, 5)
    assert json.loads(task.result) == {"expected_images": 7, "has_limit": False}
    memo = {"dialect": "taskmanager", "config": {"max_images": 5}}
    limited = told(kind="crawl", status=JobStatus.COMPLETED, memo=memo)
    assert json.loads(limited.result)["has_limit"] is True


def test_no_secret_stands_in_what_was_asked_for():
    source = {"cookie": {"secret": "cookie.0"}, "recipe": {"name": "x"}, "name": "pixiv-tag"}
    spec = {"source": source, "proxies": [{"secret": "proxy.1"}], "headers": {}}
    config = json.loads(told(kind="crawl", spec=spec).config)
    assert config == {
        "source": {"cookie": "******", "name": "pixiv-tag"},
        "proxies": ["******"],
        "headers": {},
    }


def test_a_name_is_told_where_somebody_gave_one():
    assert told().name == JOB.name
    memo = {"dialect": "taskmanager", "config": {}}
    assert "name" not in json.loads(msgspec.json.encode(told(memo=memo)))
    assert told(memo={**memo, "named": True}).name == JOB.name


def test_its_folder_keeps_its_name_wherever_the_server_is():
    assert folder_of(JOB) == "2023-11-14_22-13_generate_0f8fad5b"


def test_jobs_of_other_kinds_are_no_tasks():
    assert is_task(JOB)
    assert not is_task(replace(JOB, kind="fetch"))
