"""The judge of the kill experiment, on histories made by hand: what it lets pass, what it finds."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from nightdesk.crashtest.history import Frame, Watch
from nightdesk.crashtest.judge import judge
from tests.support.histories import Story


def kinds(story):
    return judge(story.history, None).figures.broken


def test_a_whole_life_with_kills_holds():
    story = Story()
    story.call("create", "pending", key="a")
    story.kill()
    story.seen("pending")
    story.call("start", "queued")
    story.hit(0, 1)
    story.seen("running", ok=1)
    story.items((0, "ok"))
    story.kill()
    story.hit(1, 2)
    story.seen("completed", ok=3)
    lines = ((0, 1, "ok"), (1, 1, "ok"), (2, 1, "ok"))
    story.truth("completed", *lines, ok=3)
    verdict = judge(story.history, 2.0)
    assert verdict.held
    assert (verdict.figures.kills, verdict.figures.rerun, verdict.figures.acknowledged) == (2, 1, 2)


@pytest.mark.parametrize(
    ("command", "before", "after", "lost"),
    [
        ("start", "pending", "queued", "pending"),
        ("pause", "queued", "paused", "running"),
        ("cancel", "queued", "cancelled", "running"),
        ("cancel", "queued", "cancelled", "completed"),
        ("resume", "paused", "queued", "paused"),
        ("retry", "failed", "queued", "cancelled"),
    ],
)
def test_an_acknowledged_command_that_is_not_there_after_a_kill_is_lost(
    command, before, after, lost
):
    story = Story(status=before)
    story.call(command, after)
    story.kill()
    story.seen(lost)
    assert "lost" in kinds(story)


def test_a_job_that_was_interrupted_is_shown_as_read_and_queued_once():
    story = Story(status="queued")
    story.seen("running")
    story.kill()
    story.seen("running")
    story.seen("queued")
    story.seen("running")
    assert "lost" not in kinds(story)
    story.seen("queued")  # nothing interrupted it this time
    assert "lost" in kinds(story)


def test_an_acknowledged_create_that_is_gone_is_lost():
    story = Story()
    story.call("create", "pending")
    story.kill()
    story.seen()
    assert kinds(story) == {"lost": 1}


def test_a_deleted_job_does_not_come_back():
    story = Story(status="completed")
    story.call("delete")
    story.kill()
    story.seen("completed")
    assert kinds(story) == {"lost": 1}


@pytest.mark.parametrize("then", ["paused", "running", "completed"])
def test_an_unknown_command_may_or_may_not_have_been_done(then):
    story = Story(status="queued")
    story.unknown("pause")
    story.kill()
    story.seen(then)
    assert kinds(story) == {}


def test_an_unknown_command_is_not_done_after_the_death_of_its_server():
    story = Story(status="queued")
    story.unknown("pause")
    story.kill()
    story.seen("queued")
    story.seen("paused")
    assert kinds(story) == {"lost": 1}


def test_what_was_done_before_the_kill_may_be_answered_when_it_is_over():
    story = Story(status="queued")
    story.call("cancel", "cancelled", lasts=5)
    story.kill()
    story.seen("cancelled", revision=9)
    assert kinds(story) == {}


def test_a_refusal_must_be_true():
    story = Story(status="pending")
    story.refused("start", "invalid_status")
    assert kinds(story) == {"lost": 1}
    story = Story(status="pending")
    story.refused("pause", "invalid_status")
    assert kinds(story) == {}


def test_a_repeated_request_is_done_once_and_answered_the_same():
    story = Story()
    story.unknown("create", key="a", revision=0)
    story.kill()
    story.call("create", "pending", key="a", revision=5)
    story.call("create", "pending", key="a", revision=5)
    assert kinds(story) == {}
    story.call("create", "pending", key="a", revision=6)
    assert kinds(story) == {"repeat": 1}


def test_a_job_made_twice_by_one_request_is_seen():
    story = Story()
    story.unknown("create", key="a", revision=0)
    story.seen("pending", job_id="one")
    story.kill()
    story.call("create", "pending", key="a", job_id="two")
    assert kinds(story)["twice"] == 1


def test_a_revision_is_not_given_twice():
    story = Story(status="pending")
    story.call("start", "queued", revision=7)
    story.kill()
    story.call("pause", "paused", revision=7)
    assert kinds(story) == {"revision": 1}


def test_a_revision_has_one_truth():
    story = Story(status="pending")
    story.seen("pending", revision=7)
    story.kill()
    story.seen("pending", revision=7, ok=1)
    assert kinds(story) == {"revision": 1}


def test_a_stream_skips_no_change():
    story = Story(status="pending")
    frames = (Frame(1, "id", "pending", "queued"), Frame(3, "id", "running", "completed"))
    story.history.watches.append(Watch(0, 0, 0, frames))
    assert kinds(story) == {"revision": 1}


def test_an_internal_error_is_no_excuse():
    story = Story(status="queued")
    story.unknown("pause", code="internal")
    assert kinds(story) == {"stuck": 1}


def test_a_damaged_file_is_no_refusal():
    story = Story(status="queued")
    story.refused("items", "files_damaged")
    assert kinds(story) == {"stuck": 1}


@pytest.mark.parametrize(("runs", "found"), [(1, {"lost": 1}), (2, {}), (3, {"twice": 1})])
def test_a_retry_makes_one_run_whatever_its_job_looks_like_after(runs, found):
    story = Story("gone-0", "gone-0", "gone-0", status="failed")
    story.call("retry", "queued", key="a")
    story.call("retry", "queued", key="a", revision=1)
    story.kill()
    story.hit(0, 1, 2)
    lines = [(n, run, "failed") for run in range(1, runs + 1) for n in range(3)]
    story.truth("failed", *lines, failed=3, run=runs)
    assert kinds(story) == found


@pytest.mark.parametrize("runs", [1, 2])
def test_a_retry_without_an_answer_may_have_made_a_run(runs):
    story = Story("gone-0", "gone-0", "gone-0", status="failed")
    story.unknown("retry", key="a")
    story.kill()
    story.hit(0, 1, 2)
    lines = [(n, run, "failed") for run in range(1, runs + 1) for n in range(3)]
    story.truth("failed", *lines, failed=3, run=runs)
    assert kinds(story) == {}


@pytest.mark.parametrize(("slow", "told"), [(1, False), (2, True)])
def test_one_restart_in_twenty_may_be_slow(slow, told):
    story = Story(status="pending")
    for number in range(20):
        story.kill()
        life = story.history.lives[-1]
        ready = life.began + (9.0 if number < slow else 1.0)
        story.history.lives[-1] = replace(life, ready=ready)
    verdict = judge(story.history, 2.0)
    assert (verdict.slow is not None, verdict.held) == (told, True)


def test_of_a_few_restarts_the_slowest_counts():
    story = Story(status="pending")
    story.kill()
    story.kill()
    slow = story.history.lives[0]
    story.history.lives[0] = replace(slow, ready=slow.began + 9.0)
    assert "up to 9.00 s" in judge(story.history, 2.0).slow.what


def test_slow_restarts_are_judged_only_where_a_limit_is_given():
    story = Story(status="pending")
    for _ in range(30):
        story.kill()
    assert judge(story.history, 0.2).slow is None
    assert judge(story.history, 0.05).slow.kind == "slow"
    assert judge(story.history, None).slow is None
