"""A real server and a WebUI: pictures that begin with pictures, its state, and what is at work in
it when the server or its worker is killed."""

from __future__ import annotations

import base64
import json
import os
import shlex
import signal
import sys

import httpx
import pytest
import trio

from nightdesk import AsyncClient
from nightdesk.cli.app import run
from nightdesk.client import Conflict
from tests.support.doomed import PATIENCE_S, Doomed
from tests.support.pictures import picture
from tests.support.ports import port_of_our_own
from tests.support.processes import command_line
from tests.support.target import Target
from tests.support.webui import FakeWebUI

LOGO = picture(size=(8, 8))


@pytest.fixture
async def webui(nursery):
    target = Target()
    await nursery.start(target.run)
    return FakeWebUI(target)


@pytest.fixture
def serve(start_server, webui):
    async def served(*arguments):
        options = ["--webui", webui.target.url("").rstrip("/"), *arguments]
        return await trio.to_thread.run_sync(lambda: start_server(*options))

    return served


async def test_a_prompt_begins_with_a_picture_of_the_library(serve, webui):
    server = await serve()
    async with AsyncClient(server.url) as desk:
        kept = await desk.add_picture("logo.png", LOGO)
        items = [{"prompt": "a fox", "init_image": {"picture": kept.id}}, "a tree"]
        made = await desk.submit(items, kind="generate", start=True)
        job = await desk.wait(made.id)
    assert (job.status, job.counts.ok) == ("completed", 2)
    assert sorted(webui.paths) == ["/sdapi/v1/img2img", "/sdapi/v1/txt2img"]
    [begun] = [asked for asked in webui.calls if "init_images" in asked]
    assert base64.b64decode(begun["init_images"][0]) == LOGO


def workers_of(server):
    return [pid for pid in server.children() if b"workers.host" in command_line(pid)]


@pytest.mark.parametrize("who", ["server", "worker"])
async def test_the_call_of_the_dead_is_interrupted_and_what_is_done_stays_done(serve, webui, who):
    server = await serve()
    async with AsyncClient(server.url) as desk:
        first = await desk.submit(["done before"], kind="generate", start=True)
        await desk.wait(first.id)
        webui.hold, webui.begun = True, trio.Event()
        made = await desk.submit(["in flight", "after"], kind="generate", start=True)
        await webui.begun.wait()
    doomed = Doomed(workers_of(server))
    assert len(doomed.pids) == 1
    if who == "server":
        server.kill()
        await doomed.wait_gone()
        server = await serve()
    else:
        os.kill(doomed.pids[0], signal.SIGKILL)
    async with AsyncClient(server.url) as desk:
        job = await desk.wait(made.id)
    assert (job.status, job.counts.ok) == ("completed", 2)
    assert webui.order == ["begin", "begin", "interrupt", "begin", "begin"]
    prompts = [asked["prompt"] for asked in webui.calls]
    assert prompts == ["done before", "in flight", "in flight", "after"]


# A WebUI as far as its state goes: it says what it was told to, and that it is idle.
PROGRAM = """
import http.server, sys
class WebUI(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
print("loading", sys.argv[2], flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), WebUI).serve_forever()
"""


def command_of(port):
    return shlex.join([sys.executable, "-c", PROGRAM, str(port), "me:hunter2"])


async def wait_status(client, status):
    with trio.fail_after(PATIENCE_S):
        while (said := (await client.get("/api/desks/local/webui")).json())["status"] != status:
            await trio.lowlevel.checkpoint()
    return said


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_the_operators_program_lives_no_longer_than_the_server(start_server, tmp_path, how):
    port = port_of_our_own()
    login = tmp_path / "login"
    login.write_text("me:hunter2")
    server = await trio.to_thread.run_sync(
        lambda: start_server(
            *("--webui", f"http://127.0.0.1:{port}", "--webui-auth-file", str(login)),
            *("--webui-command", command_of(port)),
        )
    )
    asked = {"base_url": server.url, "trust_env": False, "timeout": PATIENCE_S}
    async with httpx.AsyncClient(**asked) as client:
        assert (await wait_status(client, "stopped"))["startable"] is True
        said = (await client.post("/api/desks/local/webui/start")).json()
        assert (said["status"], said["managed"]) == ("starting", True)
        said = await wait_status(client, "running")
        log = (await client.get("/api/desks/local/webui/log")).json()
        assert "hunter2" not in json.dumps(log)
        assert log["lines"][0] == {"number": 1, "text": "loading ***"}
        refused = await client.post("/api/desks/local/webui/start")
        assert refused.json()["error"]["details"] == {"cause": "started"}
        audit = (await client.get("/api/desks/local/audit")).text
        assert "start_webui" in audit
    doomed = Doomed([said["process_id"], *server.children()])
    server.signal(how)
    await doomed.wait_gone()
    server.wait()
    kept = [path.read_bytes() for path in server.data.rglob("*") if path.is_file()]
    assert not any(b"hunter2" in data for data in [server.log.encode(), *kept])


async def test_the_command_and_both_clients_say_how_it_is(serve, webui, capsys, monkeypatch):
    server = await serve()
    monkeypatch.setenv("NIGHTDESK_URL", server.url)

    async def command(*arguments, language="en_GB.UTF-8"):
        asked = ("webui", *arguments), {"LANG": language}
        code = await trio.to_thread.run_sync(lambda: run(*asked))
        told = capsys.readouterr()
        return code, told.out, told.err

    assert await command("status") == (0, "running, not started by this server\n", "")
    code, out, _ = await command("status", "--json")
    assert (code, json.loads(out)["status"]) == (0, "external")
    code, _, err = await command("stop")
    assert code != 0
    assert "has not started the WebUI" in err
    code, _, err = await command("start")
    assert "--webui-command" in err
    code, out, err = await command("logs", language="zh_CN.UTF-8")
    assert (code, out, err.startswith("没有输出")) == (0, "", True)
    async with AsyncClient(server.url) as desk:
        assert (await desk.webui()).status == "external"
        assert (await desk.webui_log()).lines == ()
        with pytest.raises(Conflict):
            await desk.start_webui()
        with pytest.raises(Conflict):
            await desk.stop_webui()


def test_without_a_webui_the_command_says_so(start_server, capsys, monkeypatch):
    monkeypatch.setenv("NIGHTDESK_URL", start_server().url)
    assert run(("webui", "status"), {"LANG": "C.UTF-8"}) == 1
    told = capsys.readouterr()
    assert told.out == "stopped\n"
    assert "--webui http://HOST:PORT" in told.err


async def test_pictures_are_tagged_by_the_webui(serve, webui, tmp_path, monkeypatch):
    pets = tmp_path / "pets"
    pets.mkdir()
    (pets / "logo.png").write_bytes(LOGO)
    server = await serve("--images-dir", f"pets={pets}")
    monkeypatch.setenv("NIGHTDESK_URL", server.url)
    given = ("submit", "tag", "--folder", "pets", "--analyzer", "wd14tagger", "--via", "webui")
    asked = (*given, "--model", "wd14-second", "--wait"), {"LANG": "C.UTF-8"}
    assert await trio.to_thread.run_sync(lambda: run(*asked)) == 0
    [call] = webui.calls
    assert (call["model"], base64.b64decode(call["image"])) == ("wd14-second", LOGO)
    async with AsyncClient(server.url) as desk:
        [job] = [job async for job in desk.jobs()]
        [made] = await desk.artifacts(job.id)
    assert (job.status, job.counts.ok, made.name) == ("completed", 1, "pets/logo.txt")
