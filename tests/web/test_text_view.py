"""The text view: what it says, how wide it is, and that nothing in it steers a terminal."""

from __future__ import annotations

import time

import pytest
from msgspec import Raw
from msgspec.structs import replace

from actors.messages import JobView, LiveProgress, Published, Receipt
from state.memory import MemoryStore
from state.model import (
    Counts,
    InputItem,
    Job,
    JobStatus,
    LogLine,
    OutcomeRecord,
    OutcomeStatus,
)
from state.views import desk_key
from tests.web.conftest import GUEST
from web.app import build_app
from web.text_view import columns, fitted

NOW = 1_700_000_000.0


@pytest.fixture
def deps(deps):
    return replace(deps, store=MemoryStore(), now=lambda: NOW)


def job(name, status, *, counts, **fields):
    told = {"lane": "fetch", "arrival": 0, "created_at": NOW - 7200, **fields}
    return Job(id=f"{name[:1]:0>8}-0000-4000-8000-000000000000", kind="fetch", name=name,
               status=status, counts=counts, **told)  # fmt: skip


def show(desk, *views):
    jobs = {view.job.id: view for view in views}
    saved = Receipt(desk.published.revision + 1, NOW - 2)
    desk.feed.publish(
        Published(desk.published.revision + 1, NOW, jobs, (), 0, {"read_only": False}, saved)
    )


def running():
    live = LiveProgress(counts=Counts(1_000, 400, 12), in_flight=5, rate_per_s=12.34, eta_s=600.0)
    return JobView(job("spring list", JobStatus.RUNNING, counts=Counts(1_000)), live)


@pytest.fixture
async def shown(deps, desk):
    failed = job("Alpha", JobStatus.FAILED, counts=Counts(3, 1, 2), ended_at=NOW - 60)
    evil = "\x1b[2J\x1b]0;gotcha\x07\u202egnp\r\nDone"
    waiting = job(f"B{evil}", JobStatus.QUEUED, counts=Counts(7))
    full = job("春季清单" * 20, JobStatus.PAUSED, counts=Counts(2), reason="quota")
    over = job("Zulu", JobStatus.COMPLETED, counts=Counts(2, 2), ended_at=NOW - 9)
    show(desk, running(), JobView(failed), JobView(waiting, None, 2), JobView(full), JobView(over))
    return build_app(deps).test_client()


async def text(client, path, **asked):
    answer = await client.get(path, **asked)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    return (await answer.get_data()).decode()


async def test_a_desk_on_a_terminal(shown):
    told = await text(shown, f"/s/{GUEST}.txt")
    lines = told.splitlines()
    assert lines[0].startswith("Nightdesk  your desk")
    assert lines[0].endswith("2023-11-14 22:13 UTC")
    assert lines[1] == "saved 2 s ago"
    heads = [line for line in lines if line.endswith(")") and line[0].isalpha()]
    assert heads == ["Needs you (2)", "Running (1)", "Waiting (1)", "Done (1)"]
    at = next(i for i, line in enumerate(lines) if "spring list" in line)
    assert lines[at].startswith("> spring list")
    assert lines[at].endswith("running")
    assert lines[at + 1] == (
        "  [#######!..........] 41 %  412 of 1,000  12 failed  12.3/s  about 22:23"
    )
    # The key of the desk is not in it: a screen is looked at by others.
    assert GUEST not in told
    assert desk_key(GUEST) not in told


async def test_nothing_in_it_steers_a_terminal_or_breaks_a_line(shown):
    for width in (40, 80, 200):
        told = await text(shown, f"/s/{GUEST}.txt?width={width}")
        assert all(char.isprintable() or char == "\n" for char in told)
        assert max(map(columns, told.splitlines())) <= width
        assert not any(line.startswith("Done") for line in told.splitlines()[:20])


async def test_in_chinese_where_that_is_asked_for(shown):
    told = await text(shown, f"/s/{GUEST}.txt", headers={"Accept-Language": "zh-CN,en;q=0.5"})
    assert "需要你处理 (2)" in told
    assert "已暂停, 工作台空间已满" in told
    assert max(map(columns, told.splitlines())) <= 80


@pytest.mark.parametrize("width", ["39", "201", "x"])
async def test_a_width_that_is_none_is_refused(shown, width):
    answer = await shown.get(f"/s/{GUEST}.txt?width={width}")
    assert answer.status_code == 400
    assert "40 to 200" in (await answer.get_json())["error"]["message"]


async def test_one_job_with_why_and_the_newest_of_its_log(deps, client, desk):
    key, counts = desk_key(GUEST), Counts(3, 0, 3)
    made = job("Alpha", JobStatus.FAILED, counts=counts, run=1, ended_at=NOW, error="all \x1b[1m")
    show(desk, JobView(made))
    await deps.store.write_inputs(key, made.id, [InputItem(Raw(b'"https://a.example/"'))] * 3)
    await deps.store.append_log(
        key, made.id, [LogLine(NOW - 9 + at, "info", f"line {at}") for at in range(15)]
    )
    outcomes = await deps.store.open_outcomes(key, made.id)
    told = {"run": 1, "status": OutcomeStatus.FAILED, "at": NOW}
    await outcomes.append(
        [
            OutcomeRecord(index=index, error=error, **told)
            for index, error in enumerate(["refused \x1b]0;x\x07", "slow", "slow"])
        ]
    )
    told = (await text(client, f"/s/{GUEST}/jobs/{made.id}.txt")).splitlines()
    assert told[0].startswith("! Alpha")
    at = told.index("Why items failed")
    assert told[at + 1 : at + 3] == [
        "       2 x  slow  a.example",
        "       1 x  refused \ufffd]0;x\ufffd  a.example",
    ]
    at = told.index("The newest of its log")
    assert [line.split()[-1] for line in told[at + 1 : at + 11]] == [str(n) for n in range(5, 15)]
    assert "all \ufffd[1m" in told


async def test_why_is_counted_over_all_failures(deps, client, desk):
    """They are counted, not read: an outcome may be a megabyte."""
    key, n = desk_key(GUEST), 1_200
    made = job("Alpha", JobStatus.FAILED, counts=Counts(n, 0, n), run=1, ended_at=NOW)
    show(desk, JobView(made))
    await deps.store.write_inputs(key, made.id, [InputItem(Raw(b'"https://a.example/"'))] * n)
    outcomes = await deps.store.open_outcomes(key, made.id)
    told = {"run": 1, "status": OutcomeStatus.FAILED, "at": NOW}
    errors = [f"reason {'abcdefg'[place % 7]}" for place in range(n - 300)]
    records = [OutcomeRecord(index=at, error=error, **told) for at, error in enumerate(errors)]
    status = Raw(b'{"http_status": 404}')
    records += [OutcomeRecord(index=at, result=status, **told) for at in range(n - 300, n)]
    await outcomes.append(records)

    lines = (await text(client, f"/s/{GUEST}/jobs/{made.id}.txt")).splitlines()
    at = lines.index("Why items failed")
    counted = [line.split(" x  ") for line in lines[at + 1 : at + 7]]
    assert counted[0] == ["     300", "HTTP 404  a.example"]
    assert counted[-1][1] == "other reasons"
    assert sum(int(count) for count, _ in counted) == n


async def test_what_is_not_there_is_as_if_it_never_was(client, desk):
    never = "11111111-2222-4333-8444-555555555555"
    seen = [await client.get(path) for path in (
        f"/s/{never}.txt", f"/s/{GUEST}/jobs/{never}.txt", f"/v/ndv_{'x' * 32}.txt",
        "/s/local.txt",
    )]  # fmt: skip
    assert {answer.status_code for answer in seen} == {404}
    assert len({await answer.get_data() for answer in seen}) == 1


def test_a_text_is_cut_by_columns():
    assert fitted("春天来了", 8) == "春天来了"
    assert fitted("春天来了", 7) == "春天来…"
    assert fitted("e\u0301" * 4, 4) == "e\u0301" * 4
    assert time.gmtime(NOW).tm_year == 2023
