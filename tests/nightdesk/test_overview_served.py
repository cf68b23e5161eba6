"""The overview at a real server: what runs, what waits, who is slowed, what is broken."""

from __future__ import annotations

import httpx
import pytest
import trio

from nightdesk.cli.app import run
from state.views import desk_key
from tests.support.canaries import canary
from tests.support.target import Target

PASSWORD = canary("overview")
LOCAL = desk_key("local")


@pytest.fixture
async def busy(nursery):
    """A host that has no time before a minute."""
    target = Target()

    async def answer(talk):
        await talk.respond(b"later", "503 Service Unavailable", Retry_After="60")

    target.handlers = {"/busy": answer}
    await nursery.start(target.run)
    return target


@pytest.fixture
def command(capsys, monkeypatch):
    """Runs a command; (code, stdout, stderr)."""
    for name in ("NIGHTDESK_URL", "NIGHTDESK_TOKEN", "NIGHTDESK_DESK"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments, language="C.UTF-8"):
        code = run(arguments, {"LANG": language})
        shown = capsys.readouterr()
        return code, shown.out.strip(), shown.err.strip()

    return call


async def held_back(client, target):
    """A desk whose job waits for that host; its address."""
    desk = (await client.post("/api/desks")).json()["desk_id"]
    body = {"kind": "fetch", "items": [target.url("/busy")], "start": True}
    await client.post(f"/api/desks/{desk}/jobs", json=body)
    after = 0
    while True:
        asked = {"after": after, "wait": 30}
        shown = (await client.get(f"/api/desks/{desk}", params=asked)).json()
        after = shown["revision"]
        if shown["jobs"] and shown["jobs"][0]["progress"]["waiting"]:
            return desk


async def test_the_whole_house_is_seen(start_server, busy, command, tmp_path):
    sessions = tmp_path / "data" / "sessions"
    sessions.mkdir(parents=True)
    (sessions / f"{LOCAL}.json").write_text("{")
    server = await trio.to_thread.run_sync(
        start_server, "--allow-target", "127.0.0.1", "--proxy", f"http://u:{PASSWORD}@127.0.0.1:9"
    )
    at = ("--url", server.url, "--data", str(server.data))
    _, token, _ = command("token", "root", "--admin", "--data", str(server.data))
    root = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        assert (await client.get("/api/desks/local")).status_code == 503
        desk = await held_back(client, busy)
        seen = (await client.get("/api/operator/overview", headers=root)).json()
        table = (await client.get("/api/operator/desks", headers=root)).json()
        told = await client.get("/api/operator/settings", headers=root)

    origin = busy.url("").rstrip("/")
    (host,) = seen["hosts"]
    assert (host["host"], host["why"], host["asked_s"]) == (origin, "retry_after", 60)
    assert 50 < host["wait_s"] <= 60
    (pool,) = (pool for pool in seen["pools"] if pool["name"] == "net")
    assert [worker["state"] for worker in pool["workers"]] == ["idle"]
    assert pool["workers"][0]["pid"] in server.children()
    assert (seen["jobs"], seen["work"]["waiting"]) == ({"running": 1}, 1)
    assert seen["desks"] == {
        "on_disk": 2, "awake": 1, "opening": 0, "parked": 1, "asleep": 0, "watchers": 0,
    }  # fmt: skip
    assert [parked["key"] for parked in seen["parked"]] == [LOCAL]
    assert "a desk is parked" in [line["event"] for line in seen["log"]]
    assert seen["storage"]["saves"] >= 1
    assert 0 < seen["storage"]["save_ms_p50"] <= seen["storage"]["save_ms_p99"]
    assert 0 < seen["storage"]["free_bytes"] < seen["storage"]["total_bytes"]
    assert seen["process"]["pid"] == server.pid
    assert [(each["key"], each["state"]) for each in table["desks"]] == [
        (desk_key(desk), "awake"), (LOCAL, "parked"),
    ]  # fmt: skip
    settings = {each["name"]: each for each in told.json()["settings"]}
    assert (settings["proxy"]["value"], settings["proxy"]["origin"]) == ("1", "flag")
    assert (settings["stop_s"]["origin"], settings["port"]["value"]) == ("env", "0")
    for text in (str(seen), str(table), told.text):
        assert PASSWORD not in text
        assert desk not in text

    shown = await trio.to_thread.run_sync(lambda: command("operator", *at))
    assert shown[0] == 0
    assert f"{origin.rstrip('/')}  asked for 60 s" in shown[1]
    assert f"{LOCAL[:12]}" in shown[1]
    shown = await trio.to_thread.run_sync(
        lambda: command("operator", *at, "--json", language="zh_CN.UTF-8")
    )
    assert '"hosts_total":1' in shown[1]
    shown = await trio.to_thread.run_sync(lambda: command("operator", *at, language="zh_CN.UTF-8"))
    assert "放慢访问的主机" in shown[1]
