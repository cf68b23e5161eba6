"""Why items failed, and what is done about it, on the command line, against a real server: the same
items by their groups, in lists, and in what is made of them."""

from __future__ import annotations

import json

import httpx
import pytest

from nightdesk import Client
from nightdesk.cli.app import run


@pytest.fixture
def nightdesk(server, capsys, monkeypatch):
    """Run a command against the server: (exit code, stdout, stderr)."""
    monkeypatch.setenv("NIGHTDESK_URL", server.url)

    def command(*arguments, language="en_GB.UTF-8"):
        code = run(arguments, {"LANG": language})
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


@pytest.fixture
def job(server):
    """One that has ended: two pages are gone for good, two always fail, two others are well."""
    pages = [None, *httpx.get(f"{server.url}api/sample", timeout=60).json()["items"]]
    items = [pages[n] for n in (1, 66, 166, 77, 177, 2)]
    with Client(server.url) as desk:
        made = desk.submit(items, name="six", spec={"retries": 0}, start=True)
        desk.wait(made.id)
    return made.id


def test_a_cause_is_listed_done_again_and_its_host_is_slowed(nightdesk, server, job):
    code, out, _ = nightdesk("causes", job, "--json")
    assert code == 0
    groups = [json.loads(line) for line in out.splitlines()]
    assert [(each["cause"], each["n"], each["advice"], each["examples"]) for each in groups] == [
        ("404", 2, "missing", [1, 2]),
        ("500", 2, "later", [3, 4]),
    ]
    host = groups[0]["host"]
    _, out, _ = nightdesk("causes", job)
    assert f"2\t404\t{host}\tmissing\t#1 #2" in out
    code, out, _ = nightdesk("items", job, "--where", "cause=500", "--descending")
    assert [line.split("\t")[0] for line in out.splitlines()] == ["4", "3"]
    code, out, _ = nightdesk("items", job, "--sort", "status", "--json")
    assert [json.loads(line)["index"] for line in out.splitlines()] == [0, 5, 1, 2, 3, 4]
    code, _, err = nightdesk("slow", job, host, "--at-once", "2", "--delay", "0.1")
    assert (code, err.strip()) == (0, f"{host}: at most 2 at once, 0.1 s apart")
    code, out, _ = nightdesk("hosts", job)
    assert out.splitlines()[0].split("\t")[:6] == [host, "6", "4", "0", "2", "0.1"]
    made = json.loads(
        nightdesk("repeat", job, "--only", "failed", "--only", "cause=404", "--set", "timeout_s=7",
                  "--set", "user_agent=me", "--name", "again", "--no-start", "--json")[1]
    )  # fmt: skip
    assert (made["name"], made["counts"]["total"], made["origin"]) == ("again", 2, job)
    with Client(server.url) as desk:
        desk.command(made["id"], "start")
        again = desk.wait(made["id"])
        assert again.counts.failed == 2
        # What is done again anew is those alone that are asked for.
        assert desk.retry(job, where=groups[0]["filter"] | {"status": "failed"}).counts.failed == 2
        assert desk.wait(job).counts.failed == 4
        assert desk.unslow(job, host).id == job
        assert desk.hosts(job)[0].pace is None
    code, _, err = nightdesk("slow", job, host, "--off", language="zh_CN.UTF-8")
    assert (code, err.strip()) == (0, f"{host} 不再放慢")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("slow", "JOB", "x.test"), "--at-once N"),
        (("slow", "JOB", "x.test", "--off", "--delay", "1"), "--at-once N"),
        (("slow", "JOB", "x.test", "--delay", "4000"), "delay_s"),
        (("items", "JOB", "--where", "colour"), "'colour' is no NAME=VALUE"),
        (("items", "JOB", "--where", "attempts_from=x"), "attempts_from"),
        (("repeat", "JOB", "--set", "timeout_s=0"), "timeout_s"),
        (("repeat", "JOB", "--only", "skipped"), "finds no item of this job"),
    ],
)
def test_what_is_asked_wrongly_is_told(nightdesk, server, arguments, said):
    with Client(server.url) as desk:
        made = desk.submit(["http://192.0.2.1/"], start=False)
    code, _, err = nightdesk(*(made.id if each == "JOB" else each for each in arguments))
    assert code == 2
    assert said in err
