"""The lines of the text view, without a server: what is cut, what still needs somebody, and a log
from outside."""

from __future__ import annotations

from datetime import UTC

import pytest
from msgspec.structs import replace

from actors.messages import JobView, Published, Receipt
from state.model import Counts, Job, JobStatus, LogLine
from web.text_view import MAX_SHOWN, Sheet, columns, desk_lines, job_lines, needs_user
from web.text_words import words_for

NOW = 1_700_000_000.0
SHEET = Sheet(words_for("en"), NOW, UTC, 60)
CHINESE = replace(SHEET, words=words_for("zh"))


def view(at=1, status=JobStatus.COMPLETED, **fields):
    made = Job(
        id=f"{at:0>8}-0000-4000-8000-000000000000",
        kind="fetch",
        name=f"job {at}",
        status=status,
        counts=Counts(3, 3),
        lane="fetch",
        arrival=at,
        created_at=NOW - 9,
        **fields,
    )
    return JobView(made)


def of(*views):
    jobs = {each.job.id: each for each in views}
    return Published(7, NOW, jobs, (), 0, {}, Receipt(7, NOW))


def test_of_very_many_jobs_the_newest_are_shown_and_the_others_counted():
    told = desk_lines(SHEET, of(*(view(at) for at in range(MAX_SHOWN + 7))), "your desk", "/s")
    assert f"Done ({MAX_SHOWN + 7})" in told
    assert sum("job " in line for line in told) == MAX_SHOWN
    assert any(f"job {MAX_SHOWN + 6}" in line for line in told)
    assert "  … and 7 more" in told


@pytest.mark.parametrize(("ago_s", "needed"), [(86_399.0, True), (86_400.0, False)])
def test_what_has_failed_needs_somebody_for_a_day(ago_s, needed):
    assert needs_user(view(status=JobStatus.FAILED, ended_at=NOW - ago_s), NOW) is needed


def test_who_may_only_look_is_asked_for_nothing():
    failed = of(view(status=JobStatus.FAILED, ended_at=NOW))
    assert "Needs you (1)" in desk_lines(SHEET, failed, "your desk", "/s")
    told = desk_lines(replace(SHEET, asks=False), failed, "to look at", "/v")
    assert "Done (1)" in told
    assert not any("Needs you" in line for line in told)


def test_who_may_only_look_has_not_paused_it():
    paused = of(view(status=JobStatus.PAUSED, reason="user"))
    assert any("paused, by you" in line for line in desk_lines(SHEET, paused, "your desk", "/s"))
    told = desk_lines(replace(SHEET, asks=False), paused, "to look at", "/v")
    assert any(line.endswith("paused") for line in told)


def test_a_log_from_outside_keeps_its_line_and_steers_nothing():
    evil = "\x1b[2J\u202egnp\r\nfinished: all is well"
    failed = view(status=JobStatus.FAILED, ended_at=NOW)
    told = job_lines(SHEET, of(failed), failed, [], [LogLine(NOW, "error", evil)])
    assert all(line.isprintable() for line in told)
    assert max(map(columns, told)) <= SHEET.width
    assert not any(line.strip().startswith("finished") for line in told)


def test_in_chinese_the_log_and_the_reason_are_said_as_the_page_says_them():
    failed = view(status=JobStatus.FAILED, ended_at=NOW, error="refused")
    log = [
        LogLine(NOW, "info", "started: 3 of 4 items to do"),
        LogLine(NOW, "warning", "connection refused by a\x1b[2Jb:80"),
        LogLine(NOW, "info", "nobody has words for this"),
    ]
    told = job_lines(CHINESE, of(failed), failed, [], log)
    assert "已拒绝" in told
    said = [line.split("  ")[-1] for line in told]
    assert "开始：共 4 项，待处理 3 项" in said
    assert "a\ufffd[2Jb:80 拒绝了连接" in said
    assert "nobody has words for this" in said
    assert "  22:13:20  started: 3 of 4 items to do" in job_lines(
        SHEET, of(failed), failed, [], log
    )
