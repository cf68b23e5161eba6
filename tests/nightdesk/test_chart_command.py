"""`nightdesk chart` and the clients' ways to what happened when, on a real server."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from nightdesk import AsyncClient, Client
from nightdesk.cli.app import run
from nightdesk.cli.chart import blocks, columns_of
from nightdesk.client import Invalid
from nightdesk.client.charts import Bucket, Happened, Series


@pytest.fixture
def nightdesk(server, capsys, monkeypatch):
    """Run a command against the server: (exit code, stdout)."""
    monkeypatch.setenv("NIGHTDESK_URL", server.url)

    def command(*arguments, language="en_GB.UTF-8"):
        code = run(arguments, {"LANG": language})
        return code, capsys.readouterr().out

    return command


@pytest.fixture
def job(server):
    """Three items, of which one fails."""
    with Client(server.url) as client:
        first, second, *_ = httpx.get(f"{server.url}api/sample", timeout=60).json()["items"]
        urls = [first, second, f"{first.rpartition('/')[0]}/nothing-here"]
        made = client.submit(urls, spec={"retries": 0}, start=True)
        return client.wait(made.id)


def test_it_draws_what_the_job_counts(nightdesk, job):
    code, out = nightdesk("chart", job.id)
    lines = out.splitlines()
    assert code == 0
    assert [line[:12].strip() for line in lines[1:5]] == [
        "ok/s", "failed/s", "median ms", "95 % ms",
    ]  # fmt: skip
    assert "█" in lines[1]
    assert "failed by: 4xx 1" in out
    code, out = nightdesk("chart", job.id, "--json")
    total = json.loads(out)["total"]
    assert (total["ok"], total["failed"]) == (job.counts.ok, job.counts.failed) == (2, 1)
    assert "成功/秒" in nightdesk("chart", job.id, language="zh_CN.UTF-8")[1]


def test_one_that_has_done_nothing_says_so(nightdesk, server):
    with Client(server.url) as client:
        made = client.submit([f"{server.url}healthz"], start=False)
    assert nightdesk("chart", made.id) == (0, "nothing has ended in this job yet\n")


async def test_both_clients_tell_when_and_by_whom(server, job):
    async with AsyncClient(server.url) as desk:
        series = await desk.series(job.id, points=2)
        timeline = await desk.timeline(job.id)
        with pytest.raises(Invalid):
            await desk.series(job.id, points=1)
    assert len(series.buckets) <= 2
    assert series.total.ended == 3
    assert (series.growing, series.bad_lines) == (False, 0)
    assert [event.what for event in timeline.events] == ["create_job", "begun", "finished"]
    assert timeline.events[0].means == "local"
    assert timeline.events[-1].counts == {"ok": 2, "failed": 1, "skipped": 0, "total": 3}
    with Client(server.url) as desk:
        past = series.since - timedelta(days=2)
        assert desk.series(job.id, since=past, until=past + timedelta(hours=1)).buckets == ()
        assert desk.timeline(job.id).events == timeline.events


def test_a_block_is_as_high_as_its_share():
    assert blocks([None, 0.0, 0.01, 4.0, 8.0]) == "· ▁▄█"
    assert blocks([0.0, None]) == " ·"
    begun = datetime(2026, 11, 23, tzinfo=UTC)
    buckets = tuple(Bucket(at=begun + timedelta(seconds=2 * n), ok=n) for n in (0, 2))
    series = Series(
        since=begun, to=begun + timedelta(seconds=6), width_s=2.0, buckets=buckets, total=Happened()
    )
    assert columns_of(series, lambda bucket: float(bucket.ok)) == [0.0, None, 2.0]
