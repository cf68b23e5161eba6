"""A job's log, followed by both clients and on the command line until the job has ended."""

from __future__ import annotations

import json

import pytest

from nightdesk.cli.app import run
from nightdesk.client import AsyncClient, Client, NotFound

REFUSED = "http://192.0.2.1/"


@pytest.fixture
def nightdesk(server, capsys):
    """Run a command against the server: its code, and what it printed."""

    def command(*arguments):
        code = run([*arguments, "--url", server.url], {"LANG": "C"})
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


def submitted(server, urls):
    with Client(server.url, desk="local") as client:
        return client.submit(urls).id


def messages(out):
    return [json.loads(line)["message"] for line in out.splitlines()]


async def test_both_clients_follow_a_log_to_its_end(server):
    job = submitted(server, [REFUSED])
    with Client(server.url, desk="local") as client:
        lines = [line.message for line in client.follow_log(job)]
        assert client.job(job).ended
    assert lines[0].startswith("started: ")
    assert lines[-1].startswith("finished: ")
    async with AsyncClient(server.url, desk="local") as other, other.follow_log(job) as told:
        assert [line.message async for line in told] == lines


async def test_of_a_level_only_that_is_told(server):
    job = submitted(server, [REFUSED] * 2)
    with Client(server.url, desk="local") as client:
        lines = list(client.follow_log(job, level="warning"))
        assert lines
        assert {line.level for line in lines} <= {"warning", "error"}
        page = client.log(job, level="warning")
        assert (list(page.lines), page.next) == (lines, page.size)


def test_a_log_that_there_is_not_is_followed_by_nobody(server):
    with Client(server.url, desk="local") as client, pytest.raises(NotFound):
        next(client.follow_log("99999999-8888-4777-a666-555555555555"))


def test_the_command_follows_it_too(nightdesk, server):
    job = submitted(server, [REFUSED] * 2)
    code, out, _ = nightdesk("log", job, "--follow", "--json")
    assert code == 0
    assert messages(out)[-1].startswith("finished: ")
    code, out, _ = nightdesk("log", job, "--level", "warning", "--json")
    assert code == 0
    assert messages(out)
    assert not any(line.startswith(("started", "finished")) for line in messages(out))
    code, _, err = nightdesk("log", job, "--level", "debug")
    assert (code, "--level" in err) == (2, True)
