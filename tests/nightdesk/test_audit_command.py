"""`nightdesk audit` and the client's two ways to the log, on a real server."""

from __future__ import annotations

import json

import pytest

from nightdesk import Client
from nightdesk.cli.app import run
from nightdesk.client import NotAllowed, NotFound
from state.views import desk_key
from tests.support.processes import run_command


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
def guest(server):
    with Client(server.url) as client:
        return client.create_desk()


@pytest.fixture
def admin(server):
    return run_command("token", "root", "--admin", "--data", str(server.data)).stdout.strip()


@pytest.fixture
def job(server, guest):
    with Client(server.url, desk=guest.desk_id) as client:
        made = client.submit([f"{server.url}healthz"], start=False)
        with pytest.raises(NotFound):
            client.command("00000000-0000-4000-8000-000000000000", "start")
        client.delete(made.id)
        return made.id


def test_the_owner_sees_what_was_done_and_nothing_that_opens_the_desk(nightdesk, guest, job):
    code, out, _ = nightdesk("audit", "--desk", guest.desk_id, "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [(line["what"], line["job_id"]) for line in lines if line["outcome"] == "ok"] == [
        ("create_job", job),
        ("delete_job", job),
    ]
    assert {line["who"] for line in lines} == {desk_key(guest.desk_id)[:16]}
    assert {(line["means"], line["from"]) for line in lines} == {("link", "127.0.0.1")}
    assert guest.desk_id not in out

    code, out, _ = nightdesk("audit", "--desk", guest.desk_id)
    assert code == 0
    assert f"create_job  {job}  ok  {desk_key(guest.desk_id)[:16]} (link, 127.0.0.1)" in out


def test_an_operator_sees_any_and_is_seen(nightdesk, guest, job, admin, server):
    key = desk_key(guest.desk_id)
    for _ in range(2):
        code, out, _ = nightdesk("audit", "--desk", key, "--token", admin, "--json")
        assert code == 0
        assert json.loads(out.splitlines()[0])["what"] == "create_job"
    with Client(server.url, token=admin) as client:
        assert client.audit_of(key).lines[0].what == "create_job"
        assert client.audit().lines == ()


def test_an_operator_names_a_desk_by_its_user(nightdesk, admin, server):
    token = run_command("token", "alice", "--data", str(server.data)).stdout.strip()
    with Client(server.url, token=token) as alice, Client(server.url, desk="local") as local:
        jobs = {
            "user:alice": alice.submit([f"{server.url}healthz"], start=False).id,
            "local": local.submit([f"{server.url}healthz"], start=False).id,
        }
    for desk, job in jobs.items():
        code, out, err = nightdesk("audit", "--desk", desk, "--token", admin)
        assert (code, err) == (0, "")
        assert f"create_job  {job}  ok" in out
    code, out, _ = nightdesk("audit", "--desk", "local")
    assert f"create_job  {jobs['local']}  ok" in out
    code, _, err = nightdesk("audit", "--desk", "user:nobody", "--token", admin)
    assert (code, "(not_found)" in err) == (2, True)
    code, _, err = nightdesk("audit", "--desk", "user:alice")
    assert (code, "operator's token" in err) == (2, True)
    code, _, err = nightdesk("audit", "--desk", "user:alice", "--token", token)
    assert (code, "(not_found)" in err) == (2, True)


def test_nobody_else_does(nightdesk, guest, server):
    code, _, err = nightdesk("audit", "--desk", desk_key(guest.desk_id))
    assert code == 2
    assert "operator's token" in err
    token = run_command("token", "ann", "--data", str(server.data)).stdout.strip()
    with Client(server.url, token=token) as client, pytest.raises(NotFound):
        client.audit_of(desk_key(guest.desk_id))
    with Client(server.url, token="x.y.z") as client, pytest.raises(NotAllowed):
        client.audit()
