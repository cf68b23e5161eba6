"""What happened to a job: from its log, the audit log and its state, to events and gaps."""

from __future__ import annotations

import json

import pytest
from msgspec import Raw
from msgspec.structs import replace

from state.audit import AuditLine, utc_ms
from state.job_events import EventCounts, JobEvent
from state.memory import MemoryStore
from state.model import InputItem, JobStatus, LogLine
from state.views import desk_key
from tests.support.states import a_job
from tests.web.conftest import GUEST
from tests.web.test_desk_routes import make_job
from tests.web.test_results import JOBS, KEY, outcome
from web.timeline import of_log, spells_of, told
from web.timeline_api import JOBS_KEPT

T0 = 1_700_000_000.0
NOW = T0 + 1_000


@pytest.fixture
def deps(deps):
    return replace(deps, store=MemoryStore(max_log_bytes=10**7), now=lambda: NOW)


@pytest.fixture
async def job(client, desk, deps):
    job_id = (await make_job(client, name="list", items=["https://example.com/"]))["job"]["id"]
    desk.move(job_id, JobStatus.QUEUED, run=1)
    items = [InputItem(Raw(json.dumps(f"https://example.com/{n}").encode())) for n in range(3)]
    await deps.store.write_inputs(KEY, job_id, items)
    return job_id


def done(what, after, job, **fields):
    usual = {"who": "a" * 16, "means": "link", "origin": "10.0.0.1"}
    return AuditLine(at=utc_ms(T0 + after), what=what, job=job, **{**usual, **fields})


def said(after, what, n=None, reason="", counts=None):
    """As a runner writes it; history goes by the event alone."""
    ended = None if counts is None else EventCounts(*counts)
    return LogLine(T0 + after, "info", "in words", event=JobEvent(what, n, reason, ended))


async def history(deps, job, *lines):
    """Audit lines and log lines, each where it belongs."""
    await deps.store.append_audit(KEY, [line for line in lines if isinstance(line, AuditLine)])
    log = [line for line in lines if isinstance(line, LogLine)]
    await deps.store.append_log(KEY, job, log)


async def timeline(client, job):
    answer = await client.get(f"{JOBS}/{job}/timeline")
    assert answer.status_code == 200, await answer.get_json()
    return await answer.get_json()


def gaps(page):
    at = {utc_ms(T0 + n): n for n in range(1_001)}
    return [(at.get(g["from"], g["from"]), at.get(g["to"], g["to"]), g["reason"])
            for g in page["gaps"]]  # fmt: skip


async def test_the_story_of_a_job_by_whom_and_when(client, deps, desk, job):
    await history(
        deps, job,
        done("create_job", 0, job), done("start_job", 0, "another"), done("start_job", 5, job),
        said(10, "begun", 3), LogLine(T0 + 11, "info", "attempt 1: odd", 0),
        done("pause_job", 20, job), said(22, "rested", counts=(1, 0, 0, 3)),
        done("resume_job", 60, job), said(61, "begun", 2),
        done("start_job", 62, job, outcome="invalid_status", more=3),
        said(90, "finished", counts=(2, 1, 0, 3)),
        done("retry_job", 200, job), said(201, "begun", 1),
    )  # fmt: skip
    page = await timeline(client, job)
    assert [event["what"] for event in page["events"]] == [
        "create_job", "start_job", "begun", "pause_job", "rested", "resume_job", "begun",
        "start_job", "finished", "retry_job", "begun",
    ]  # fmt: skip
    paused, refused, finished = (page["events"][n] for n in (3, 7, 8))
    assert paused == {
        "at": utc_ms(T0 + 20), "what": "pause_job", "who": "a" * 16, "means": "link",
        "from": "10.0.0.1",
    }  # fmt: skip
    assert (refused["outcome"], refused["more"]) == ("invalid_status", 3)
    assert finished["counts"] == {"ok": 2, "failed": 1, "skipped": 0, "total": 3}
    assert gaps(page) == [(0, 10, "waiting"), (22, 61, "paused"), (90, 201, "over")]
    assert (page["left_out"], page["revision"]) == (0, desk.state.jobs[job].revision)


async def test_it_is_read_on_and_not_anew(client, deps, job):
    await history(deps, job, done("create_job", 0, job), said(10, "begun", 3))
    assert len((await timeline(client, job))["events"]) == 2
    await history(deps, job, done("pause_job", 20, job))
    asked = []
    reads = deps.store.faults.meet

    async def meet(what):
        asked.append(what)
        await reads(what)

    deps.store.faults.meet = meet
    page = await timeline(client, job)
    assert [event["what"] for event in page["events"]] == ["create_job", "begun", "pause_job"]
    assert asked == ["read_audit", "read_log"]


async def test_a_killed_server_was_away_from_the_last_ending_on(client, deps, job):
    await history(
        deps, job, done("create_job", 0, job), said(10, "begun", 3),
        done("boot", 500, job, who="system", means="system", origin=""),
        said(501, "taken_up", 2, "a crash of the server"),
    )  # fmt: skip
    log = await deps.store.open_outcomes(KEY, job)
    await log.append([replace(outcome(0), at=T0 + 33.5)])
    await log.sync()
    await log.aclose()
    page = await timeline(client, job)
    assert page["events"][-1]["reason"] == "a crash of the server"
    (_, away) = page["gaps"]
    assert (away["reason"], away["to"]) == ("away", utc_ms(T0 + 501))
    assert utc_ms(T0 + 33) < away["from"] <= utc_ms(T0 + 35)


def events_of(*lines):
    return of_log(lines)


def spells(*lines):
    return [(s.since - T0, s.to and s.to - T0, s.reason) for s in spells_of(events_of(*lines), NOW)]


BEGUN = said(10, "begun", 3)


def test_a_restart_of_the_server_is_a_gap_from_its_last_words_on():
    found = spells(
        BEGUN,
        said(20, "rested", counts=(1, 0, 0, 3)),
        said(50, "taken_up", 2, "a restart of the server"),
    )
    assert found == [(20, 50, "away")]


def test_a_disk_that_fails_is_a_gap_with_its_reason():
    lines = (
        BEGUN,
        said(20, "waits_for_disk", reason="no space left"),
        said(40, "disk_back"),
    )
    assert spells(*lines) == [(20, 40, "storage")]
    assert [timed.event.reason for timed in events_of(*lines)] == ["", "no space left", ""]
    assert spells(*lines[:2]) == [(20, None, "storage")]


def test_a_pause_that_was_taken_back_at_once_stopped_nothing():
    begun, *_ = events_of(BEGUN)
    pause, resume = (replace(begun, at=T0 + at, event=replace(begun.event, what=what))
                     for at, what in ((20, "pause_job"), (22, "resume_job")))  # fmt: skip
    assert [(s.since - T0, s.to - T0) for s in spells_of([begun, pause, resume], NOW)] == [(20, 22)]


def test_many_deaths_of_workers_at_once_are_one_event():
    death = "the worker died: out of memory"
    lines = [said(n, "worker_died", n + 1, death) for n in (0, 3, 9, 30)]
    other = said(31, "worker_died", 2, "recycled")
    found, left_out = told(events_of(*lines, other), a_job())
    deaths = [e.event for e in found if e.event.what == "worker_died"]
    assert [(e.n, e.more, e.reason) for e in deaths] == [
        (1 + 4 + 10, 2, death),
        (31, 0, death),
        (2, 0, "recycled"),
    ]
    assert left_out == 0


async def test_what_no_log_tells_is_told_by_the_desk(client, desk, job):
    """Logs that are gone, or were never written: a job has at least its dates."""
    made_at = desk.state.jobs[job].created_at
    desk.move(job, JobStatus.CANCELLED, ended_at=made_at + 1)
    page = await timeline(client, job)
    assert [event["what"] for event in page["events"]] == ["created", "cancelled"]


async def test_too_many_events_are_told_to_be(client, deps, job):
    lines = [done("pause_job", n / 10, job) for n in range(6_000)]
    await history(deps, job, *lines)
    page = await timeline(client, job)
    assert len(page["events"]) + page["left_out"] == 6_001
    assert len(page["events"]) == 1_000
    assert page["events"][-1]["at"] == utc_ms(NOW) or page["events"][-1]["what"] == "created"


async def test_lines_of_items_and_damaged_ones_are_no_events(client, deps, job):
    log = [LogLine(T0 + n, "info", "started: 3 of 3 items to do", n) for n in (0, 1, 2)]
    await history(deps, job, *log, LogLine(0.0, "error", "a line of the log could not be read"))
    assert [event["what"] for event in (await timeline(client, job))["events"]] == ["created"]


async def test_of_many_jobs_those_asked_for_last_are_remembered(client, deps, desk, job):
    for _ in range(JOBS_KEPT + 1):
        other = (await make_job(client, items=["https://example.com/"]))["job"]["id"]
        await deps.store.write_inputs(KEY, other, [InputItem(Raw(b'"https://example.com/"'))])
        await timeline(client, other)
    assert [event["what"] for event in (await timeline(client, job))["events"]] == ["created"]


async def test_the_audit_log_and_the_ledger_are_read_of_one_job(client, deps, desk):
    made = await make_job(client, items=["https://example.com/"], start=True)
    job = made["job"]["id"]
    away = [done("export", n, "another") for n in range(4_000)]
    await deps.store.append_audit(KEY, [*away, done("export", 9, job), done("export", 10, None)])
    page = await (await client.get(f"/api/desks/{GUEST}/audit?job={job}")).get_json()
    assert [line["job_id"] for line in page["lines"]] == [job]
    page = await (await client.get(f"/api/desks/{GUEST}/audit?after={page['next']}")).get_json()
    assert page["lines"] == []
    for wrong in ("audit", "ledger"):
        answer = await client.get(f"/api/desks/{GUEST}/{wrong}?job={'x' * 65}")
        assert answer.status_code == 400
    page = await (await client.get(f"/api/desks/{GUEST}/ledger?job={job}")).get_json()
    assert [entry["job_id"] for entry in page["entries"]] == [job] * page["total"]
    assert page["total"] == (1 if made["job"]["spent_tokens"] else 0)
    assert desk_key(GUEST) == KEY
