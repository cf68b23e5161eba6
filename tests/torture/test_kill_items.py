"""What the judge of the kill experiment says of items: missing, twice, done again."""

from __future__ import annotations

import pytest

from nightdesk.crashtest.judge import judge
from tests.support.histories import Story

DONE = ((0, 1, "ok"), (1, 1, "ok"), (2, 1, "ok"))


def kinds(story):
    return judge(story.history, None).figures.broken


def finished(*lines, **truth):
    story = Story(status="queued")
    story.hit(0, 1, 2)
    story.truth("completed", *(lines or DONE), **{"ok": 3, **truth})
    return story


def test_books_that_agree_hold():
    assert kinds(finished()) == {}


@pytest.mark.parametrize(
    ("kind", "story"),
    [
        ("twice", finished(*DONE, (1, 1, "ok"))),
        ("twice", finished(*DONE, (1, 2, "ok"))),
        ("twice", finished(listed=[(0, "ok"), (1, "ok"), (1, "ok"), (2, "ok")])),
        ("missing", finished(listed=[(0, "ok"), (2, "ok")])),
        ("missing", finished(DONE[0], DONE[1], ok=2)),
        ("missing", finished(ok=2)),
        ("missing", finished(on_disk=1)),
        ("missing", finished((0, 1, "failed"), *DONE[1:], ok=2, failed=1)),
    ],
)
def test_books_that_differ_are_found(kind, story):
    assert kind in kinds(story)


@pytest.mark.parametrize(("of_the_first", "found"), [("pending", {}), ("failed", {"missing": 1})])
def test_what_a_retry_has_yet_to_do_again_is_listed_as_it_counts(of_the_first, found):
    story = Story("gone-0", "ok-0", "ok-0", status="partially_completed")
    story.hit(0, 1, 2)
    story.call("retry", "queued", ok=2)
    story.call("cancel", "cancelled", ok=2)
    lines = ((0, 1, "failed"), (1, 1, "ok"), (2, 1, "ok"))
    listed = [(1, "ok"), (2, "ok"), (0, of_the_first)]
    story.truth("cancelled", *lines, ok=2, run=2, listed=listed)
    assert kinds(story) == found


def test_an_item_that_ended_and_was_never_asked_for_is_found():
    story = Story(status="queued")
    story.hit(0, 1)
    story.truth("completed", *DONE, ok=3)
    assert kinds(story) == {"missing": 1}


def test_a_kill_repeats_what_was_in_flight():
    story = Story(status="queued", concurrency=2)
    story.hit(0, 1)
    story.kill()
    story.hit(0, 1, 2)
    verdict = judge(story.history, None)
    assert (verdict.held, verdict.figures.rerun) == (True, 2)


def test_a_kill_repeats_no_more_than_was_in_flight():
    story = Story(status="queued", concurrency=2)
    story.hit(0, 1, 2)
    story.kill()
    story.hit(0, 1, 2)
    assert kinds(story) == {"done again": 1}


def test_without_a_kill_nothing_is_repeated():
    story = Story(status="queued")
    story.hit(0)
    story.hit(0)
    assert kinds(story) == {"done again": 1}


@pytest.mark.parametrize("status", ["ok", "failed"])
def test_what_was_shown_to_have_ended_is_not_done_again(status):
    story = Story(status="queued")
    story.hit(0)
    story.items((0, status))
    story.kill()
    story.hit(0)
    assert kinds(story) == {"done again": 1}


def test_what_was_shown_as_pending_may_be_done():
    story = Story(status="queued")
    story.items((0, "pending"))
    story.hit(0)
    assert kinds(story) == {}


@pytest.mark.parametrize(("status", "allowed"), [("failed", True), ("ok", False)])
def test_a_retry_does_what_failed_again_and_nothing_else(status, allowed):
    story = Story("broken-0", status="queued")
    story.hit(0)
    story.items((0, status))
    story.seen("failed", failed=1)
    story.call("retry", "queued")
    story.hit(0)
    assert (kinds(story) == {}) is allowed


def test_what_had_ended_before_the_first_start_is_not_done_again():
    story = Story(status="queued")
    story.history.batches["job"] = type(story.batch)(
        name="job", desk=0, fates=story.batch.fates, concurrency=1, status="queued", done=(0,)
    )
    story.hit(0)
    assert kinds(story) == {"done again": 1}


def test_counts_never_go_back():
    story = Story(status="queued")
    story.seen("running", ok=2)
    story.kill()
    story.seen("running", ok=1)
    assert kinds(story) == {"missing": 1}


def test_counts_may_go_back_by_a_retry():
    story = Story(status="queued")
    story.seen("running", failed=2)
    story.seen("failed", failed=3)
    story.call("retry", "queued")
    story.seen("queued")
    assert kinds(story) == {}


def test_counts_fit_the_job():
    story = Story(status="queued")
    story.seen("running", ok=4)
    assert kinds(story) == {"missing": 1}
