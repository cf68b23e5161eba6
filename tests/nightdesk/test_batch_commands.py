"""Tokens, schedules and lists for tabs, by the client and the command line, at a real server."""

from __future__ import annotations

import json

import pytest

from nightdesk import Client
from nightdesk.cli.app import run
from nightdesk.client import AsyncClient, Refused, Schedule

HOURLY = Schedule(start="09:00", end="12:00", interval_min=60, work_days=(1, 2), timezone="UTC")


@pytest.fixture
def urls(tmp_path):
    path = tmp_path / "urls.txt"
    path.write_text("http://192.0.2.1/\nhttp://192.0.2.2/\n")
    return str(path)


@pytest.fixture
def nightdesk(server, capsys):
    """Run a command against the server: its code, and what it printed."""

    def command(*arguments, language="C"):
        code = run([*arguments, "--url", server.url], {"LANG": language})
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


def test_the_ledger_says_what_there_is(nightdesk):
    code, out, err = nightdesk("ledger")
    assert code == 0
    assert out.rstrip().endswith("opening")
    assert "\t+10000\t10000\t" in out
    assert err.splitlines()[0] == "10000 tokens, 10000 free, 0 held; 0 spent of 10000 granted"
    page = json.loads(nightdesk("ledger", "--json")[1])
    assert (page["free"], page["entries"][0]["id"]) == (10_000, "opening")
    assert "余额 10000" in nightdesk("ledger", language="zh_CN.UTF-8")[2]


def test_a_schedule_tells_its_passes_before_it_is_made(nightdesk, urls, server):
    flags = ("--every", "60", "--from", "09:00", "--until", "12:00", "--days", "1-2", "--start")
    code, out, err = nightdesk("submit", "fetch", urls, *flags)
    assert code == 0
    assert err.startswith("next passes: ")
    assert err.splitlines()[0].count(":00:00") == 5
    with Client(server.url, desk="local") as client:
        made = next(job for job in client.jobs() if job.id == out.strip())
    assert (made.status, made.schedule) == ("scheduled", HOURLY)
    assert made.next_pass_at is not None


def test_a_schedule_that_never_opens_is_refused_and_nothing_is_made(nightdesk, urls, server):
    with Client(server.url, desk="local") as client:
        before = len(list(client.jobs()))
        flags = ("--every", "60", "--from", "09:00", "--until", "09:00")
        code, _, err = nightdesk("submit", "fetch", urls, *flags)
        assert code == 2
        assert err.startswith("nightdesk: --until: ")
        assert len(list(client.jobs())) == before


def test_the_log_of_a_schedule_says_where_the_logs_are(nightdesk, urls):
    flags = ("--every", "60", "--from", "09:00", "--until", "12:00")
    _, out, _ = nightdesk("submit", "fetch", urls, *flags)
    code, out, err = nightdesk("log", out.strip())
    assert (code, out) == (0, "")
    assert "each pass is a job with its own log" in err


async def test_both_clients_see_the_same_passes(server):
    with Client(server.url, desk="local") as client:
        passes = client.preview_schedule(HOURLY)
    async with AsyncClient(server.url, desk="local") as other:
        assert await other.preview_schedule(HOURLY) == passes
        assert (await other.ledger(size=1)).entries[0].id == "opening"
    # At whatever time of day this runs: the next ones, in their order.
    assert [each.at for each in passes] == sorted({each.at for each in passes})
    assert len(passes) == 5


def test_a_list_for_tabs_waits_for_one(nightdesk, urls, server):
    code, out, _ = nightdesk("submit", "tab", urls, "--delay-ms", "50", "--sequential", "--start")
    assert code == 0
    with Client(server.url, desk="local") as client:
        made = next(job for job in client.jobs(kind="tab") if job.id == out.strip())
        assert (made.kind, made.counts.total) == ("tab", 2)
        client.cancel(made.id)
        with pytest.raises(Refused):
            client.submit(["http://192.0.2.1/"], kind="tab", spec={"delay_ms": -1})
