"""A desk's lists of domains, from command line and client to the worker that keeps to them."""

from __future__ import annotations

import json

import httpx
import pytest
import trio
import trio.testing

from nightdesk import AsyncClient, Client
from nightdesk.cli.app import run
from nightdesk.client import Egress, Invalid
from tests.support.processes import run_command
from tests.support.target import Target, page


@pytest.fixture
def nightdesk(server, capsys, monkeypatch):
    """`nightdesk egress` against the server: (exit code, stdout, stderr)."""
    monkeypatch.setenv("NIGHTDESK_URL", server.url)

    def command(*arguments, language="en_GB.UTF-8"):
        code = run(("egress", *arguments), {"LANG": language})
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


def test_the_command_shows_adds_and_clears(nightdesk, server):
    assert nightdesk("--clear") == (0, "", "no lists: jobs may reach whatever the server permits\n")
    assert nightdesk("--deny", "Ads.Example", "--deny", "192.0.2.0/24")[:2] == (
        0,
        "deny  ads.example\ndeny  192.0.2.0/24\n",
    )
    nightdesk("--allow", "example.com", "--deny", "ads.example")
    _, out, _ = nightdesk("--json")
    assert json.loads(out) == {"allow": ["example.com"], "deny": ["ads.example", "192.0.2.0/24"]}
    with Client(server.url) as desk:
        assert desk.egress() == Egress(("example.com",), ("ads.example", "192.0.2.0/24"))
        assert desk.set_egress() == Egress()
    assert nightdesk("--clear", "--allow", "bücher.example")[1] == "allow xn--bcher-kva.example\n"
    assert nightdesk("--clear", language="zh_CN.UTF-8")[2].startswith("没有名单")


def test_a_wrong_name_is_told_and_changes_nothing(nightdesk, server):
    code, out, err = nightdesk("--deny", "http://example.com")
    assert (code, out) == (2, "")
    assert "is no domain, address or network" in err
    with Client(server.url) as desk, pytest.raises(Invalid):
        desk.set_egress(allow=["a b"])


@pytest.mark.parametrize("flag", ["--allow-domain", "--deny-domain"])
def test_a_server_with_a_wrong_domain_does_not_start(tmp_path, flag):
    data = ("--data", str(tmp_path / "data"))
    refused = run_command("serve", "--port", "0", *data, flag, "http://x")
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"nightdesk: {flag} http://x: ")


async def test_running_jobs_keep_to_new_lists(start_server, nursery):
    gate, target = trio.Event(), Target()
    await nursery.start(target.run)

    async def gated(talk):
        await gate.wait()
        await talk.respond(b"done")

    target.handlers = {"/held": gated, "/free": page()}
    allowed = ("--allow-target", f"127.0.0.1:{target.port}", "--deny-domain", "localhost")
    server = await trio.to_thread.run_sync(start_server, *allowed)
    urls = [target.url("/held"), *[target.url("/free")] * 3, target.url("/free", host="localhost")]
    async with AsyncClient(server.url) as desk:
        job = await desk.submit(urls, spec={"concurrency": 1, "retries": 0})
        while not target.asked:
            await trio.testing.wait_all_tasks_blocked(0.01)
        await desk.set_egress(deny=["127.0.0.0/8"])
        gate.set()
        ended = await desk.wait(job.id)
        assert (ended.counts.ok, ended.counts.failed) == (1, 4)
        errors = [item.error async for item in desk.items(job.id, status="failed")]
        denied = "is denied by the domain list of"
        assert errors[0].startswith(f"refused: 127.0.0.1 {denied} this desk;")
        assert errors[3].startswith(f"refused: localhost {denied} this server;")
        assert len(target.asked) == 1
        await desk.set_egress()
        await desk.retry(job.id)
        assert (await desk.wait(job.id)).counts.ok == 4
    assert await trio.to_thread.run_sync(server.stop) == 0


async def test_a_server_that_allows_some_domains_allows_its_sample_site(start_server):
    server = await trio.to_thread.run_sync(start_server, "--allow-domain", "example.com")
    async with AsyncClient(server.url) as desk:
        urls = await sample_urls(server)
        job = await desk.submit([urls[0], "http://other.example/"], spec={"retries": 0})
        assert (await desk.wait(job.id)).counts.ok == 1
        (failed,) = [item async for item in desk.items(job.id, status="failed")]
        refused = "refused: other.example is not on the list of what this server allows;"
        assert failed.error.startswith(refused)
    assert await trio.to_thread.run_sync(server.stop) == 0


async def sample_urls(server):
    async with httpx.AsyncClient(timeout=60) as http:
        return (await http.get(f"{server.url}api/sample")).json()["items"]
