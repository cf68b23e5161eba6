"""`nightdesk rotate-link` and the clients' `rotate_link`, at a real server that may be killed."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import threading

import pytest

from nightdesk.cli.app import run
from nightdesk.client import AsyncClient, Client, Conflict, NotFound, Unreachable
from nightdesk.client.calls import Address
from tests.support.ports import port_of_our_own, refusing_port
from web.ids import is_canonical

GUEST = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def command(capsys, monkeypatch):
    """Runs the command; (code, stdout, stderr)."""
    for name in ("NIGHTDESK_URL", "NIGHTDESK_TOKEN", "NIGHTDESK_DESK"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments, language="C.UTF-8"):
        code = run(["rotate-link", *arguments], {"LANG": language})
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


@pytest.fixture
def desk(server):
    """A new guest desk of the server."""
    with Client(server.url) as client:
        return client.create_desk()


def answers(server, desk_id):
    try:
        with Client(server.url, desk=desk_id) as client:
            client.snapshot()
    except NotFound:
        return False
    return True


def token_of(server, capsys):
    assert run(["token", "op", "--admin", "--data", str(server.data)], {"LANG": "C.UTF-8"}) == 0
    return capsys.readouterr().out.strip()


def key_of(desk_id):
    return hashlib.sha256(desk_id.encode()).hexdigest()


def id_in(url, server):
    start, _, desk_id = url.strip().rpartition("/s/")
    assert start == server.url.rstrip("/")
    assert is_canonical(desk_id)
    return desk_id


@pytest.mark.parametrize("how", ["uuid", "page", "job's page", "stdin"])
def test_the_new_address_is_printed_and_nothing_else(command, server, desk, how, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{desk.url}\n"))
    given = {
        "uuid": (desk.desk_id, "--url", server.url),
        "page": (desk.url,),
        "job's page": (f"{desk.url}/jobs/last?x=1#y",),
        "stdin": ("-",),
    }[how]
    code, out, err = command(*given)
    assert (code, err, out.count("\n")) == (0, "", 1)
    assert not answers(server, desk.desk_id)
    assert answers(server, id_in(out, server))


def test_an_operator_names_the_desk_by_its_key(command, server, desk, capsys, monkeypatch):
    token = token_of(server, capsys)
    code, out, _ = command(key_of(desk.desk_id), "--url", server.url, "--token", token)
    assert code == 0
    assert not answers(server, desk.desk_id)
    monkeypatch.setenv("NIGHTDESK_TOKEN", token)
    monkeypatch.setenv("NIGHTDESK_URL", server.url)
    first = id_in(out, server)
    code, out, _ = command(key_of(desk.desk_id))
    assert code == 0
    assert not answers(server, first)
    assert answers(server, id_in(out, server))


def test_the_operators_token_is_no_hindrance_to_a_guest(command, server, desk, capsys, monkeypatch):
    monkeypatch.setenv("NIGHTDESK_TOKEN", token_of(server, capsys))
    assert command(desk.url)[0] == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["nobody"], "DESK is"),
        ([GUEST.upper()], "DESK is"),
        ([f"http://127.0.0.1:1/x/{GUEST}"], "DESK is"),
        ([f"http://127.0.0.1:1/s/{GUEST}0"], "DESK is"),
        ([f"ftp://127.0.0.1/s/{GUEST}"], "DESK is"),
        (["a" * 63], "DESK is"),
        (["a" * 64], "operator's token"),
        (["user:ann"], "operator's token"),
        (["user:"], "DESK is"),
        ([GUEST, "--url", "nowhere"], "no address of a server"),
        (["-"], "DESK is"),
        (["--tokn", "x"], "--tokn"),
        (["-t"], "-t"),
    ],
)
def test_what_is_no_desk_is_refused_and_not_repeated(command, given, said, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("oops\n"))
    code, out, err = command(*given)
    assert (code, out) == (2, "")
    assert said in err
    assert GUEST[:8] not in err.lower()


def test_it_says_so_in_chinese(command):
    assert "64 位十六进制" in command("nobody", language="zh_CN.UTF-8")[2]


@pytest.mark.parametrize("given", [GUEST, "a" * 64], ids=["link", "key"])
def test_an_unknown_desk_is_not_found(command, server, given, capsys):
    token = token_of(server, capsys)
    code, out, err = command(given, "--url", server.url, "--token", token)
    assert (code, out) == (2, "")
    assert "(not_found)" in err


def test_the_blocking_client_goes_on_at_the_new_address(server, desk):
    with Client(server.url, desk=desk.desk_id) as client:
        job = client.submit(["http://127.0.0.1:9/"], start=False)
        new = client.rotate_link()
        assert new.desk_id != desk.desk_id
        assert client.job(job.id).name == job.name
    assert not answers(server, desk.desk_id)


async def test_the_async_client_goes_on_at_the_new_address(server, desk):
    async with AsyncClient(server.url, desk=desk.desk_id) as client:
        new = await client.rotate_link()
        assert (await client.snapshot()).jobs == ()
    assert answers(server, new.desk_id)


def test_a_desk_without_an_address_is_a_conflict(server, capsys):
    with Client(server.url, desk="local") as local, pytest.raises(Conflict) as refused:
        local.rotate_link()
    assert refused.value.code == "no_link"
    with Client(server.url, token=token_of(server, capsys)) as user:
        user.snapshot()
        with pytest.raises(Conflict):
            user.rotate_link()
        with pytest.raises(Conflict):
            user.rotate_link_of(hashlib.sha256(b"user:op").hexdigest())


@pytest.mark.parametrize("name", ["local", "user:op"])
def test_an_operator_hears_that_a_named_desk_has_no_address(command, server, name, capsys):
    token = token_of(server, capsys)
    for client in (Client(server.url, desk="local"), Client(server.url, token=token)):
        with client:
            client.snapshot()
    code, out, err = command(name, "--url", server.url, "--token", token)
    assert (code, out) == (2, "")
    assert "(no_link)" in err


def test_a_desk_that_is_named_is_not_the_environments_tokens(monkeypatch):
    monkeypatch.setenv("NIGHTDESK_TOKEN", "t")
    assert Address("http://x", GUEST, None).headers == {}
    assert Address("http://x", None, None).headers == {"Authorization": "Bearer t"}
    assert Address("http://x", "me", None).headers == {"Authorization": "Bearer t"}


async def test_watching_by_the_old_address_ends_with_not_found(server, desk):
    async with AsyncClient(server.url, desk=desk.desk_id) as old:
        job = await old.submit(["http://127.0.0.1:9/"], start=False)
        with pytest.RaisesGroup(NotFound, allow_unwrapped=True, flatten_subgroups=True):
            async with old.watch(job.id) as jobs:
                async for _ in jobs:
                    async with AsyncClient(server.url, desk=desk.desk_id) as other:
                        await other.rotate_link()


def test_a_lost_answer_is_told_with_what_to_ask_again(command):
    with refusing_port() as port:
        code, out, err = command(GUEST, "--url", f"http://127.0.0.1:{port}")
    assert (code, out) == (3, "")
    assert "--again" in err
    assert GUEST not in err


def killed_while_rotating(server, desk_id, key, delay_s):
    """Kill the server about so long after the request is under way; the answer, if one came."""
    threading.Timer(delay_s, os.kill, (server.pid, signal.SIGKILL)).start()
    with Client(server.url, desk=desk_id) as client:
        try:
            return client.rotate_link(idempotency_key=key)
        except Unreachable:
            return None
        finally:
            server.wait()


def test_a_kill_leaves_one_address_and_the_same_key_tells_which(start_server):
    port = port_of_our_own()
    server = start_server(port=port)
    with Client(server.url) as client:
        first = client.create_desk().desk_id
    present = first
    for number in range(8):
        key = f"the key of kill number {number}"
        answer = killed_while_rotating(server, present, key, 0.0015 * number)
        server = start_server(port=port)
        if answer is not None:
            assert answers(server, answer.desk_id)
            assert not answers(server, present)
        with Client(server.url, desk=present) as client:
            told = client.rotate_link(idempotency_key=key)
        assert answer is None or told == answer
        assert answers(server, told.desk_id)
        assert not answers(server, present)
        present = told.desk_id
    assert (server.data / "sessions" / f"{key_of(first)}.json").exists()
    assert server.stop() == 0
    left = {entry.name for entry in (server.data / "links").iterdir()}
    assert key_of(present) in left
    assert run(["doctor", "--data", str(server.data)], {"LANG": "C.UTF-8"}) == 0


def test_a_batch_is_read_from_stdin(server, monkeypatch, capsys):
    """The hyphen alone was taken for an option."""
    text = io.TextIOWrapper(io.BytesIO(b"http://127.0.0.1:9/\n"), "utf-8")
    monkeypatch.setattr("sys.stdin", text)
    assert run(["submit", "fetch", "-", "--url", server.url], {"LANG": "C.UTF-8"}) == 0
    job_id = capsys.readouterr().out.strip()
    with Client(server.url, desk="local") as client:
        assert client.job(job_id).counts.total == 1
