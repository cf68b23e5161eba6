"""Every kind of secret through every path of a real server: it is where it must be, and only there.

That its log, its data folder and its workers show nothing is looked at for every server that a test
starts (`tests.support.processes`); here is what makes a server want to tell.
"""

from __future__ import annotations

import json
import os
import signal
import stat

import httpx
import pytest
import trio

from nightdesk.cli.app import run
from state.views import desk_key
from tests.support.canaries import MARK, Hunter, canary, refuse
from tests.support.processes import run_command
from tests.support.proxy import HttpProxy
from tests.support.target import Target, page, silent

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLW9mLW5vYm9keQ"
KEPT = ("spec-header", "item-cookie", "proxy", "csv-header")
ENDED = {"completed", "partially_completed", "failed", "cancelled"}


@pytest.fixture
async def remote(nursery):
    """A server to be fetched, and another origin that it leads to."""
    other = Target({"/": page(b"other")})
    await nursery.start(other.run)
    target = Target({"/ok": page(b"fine"), "/hang": silent})
    await nursery.start(target.run)
    named = f"http://me:{canary('location')}@127.0.0.1:{target.port}/ok"
    target.handlers["/named"] = page(status="302 Found", location=named)
    broken = f"http://me:{canary('location')}/x@127.0.0.1/"
    target.handlers["/broken"] = page(status="302 Found", location=broken)
    target.handlers["/other"] = page(status="302 Found", location=other.url())
    target.handlers["/cookie"] = page(b"x", set_cookie=f"sid={canary('set-cookie')}")
    target.other = other
    return target


@pytest.fixture
async def proxy(nursery):
    refusing = HttpProxy(refuse="407 Proxy Authentication Required")
    await nursery.start(refusing.run)
    return refusing


@pytest.fixture
def nightdesk(start_server):
    return start_server("--allow-target", "127.0.0.1", "--local-desk", "off")


class Guest:
    """A desk of one's own and all that its server said since the desk was made."""

    def __init__(self, client, desk_id):
        self.client = client
        self.desk_id = desk_id
        self.path = f"/api/desks/{desk_id}"
        self.heard = []

    async def ask(self, method, path, **arguments):
        answer = await self.client.request(method, path, **arguments)
        self.heard.append((f"{method} {path}", f"{answer.status_code} {answer.headers}", answer))
        return answer

    async def create(self, spec, items):
        key = {"Idempotency-Key": canary("idempotency")}
        body = {
            "kind": "fetch",
            "spec": {"retries": 0, "timeout_s": 2, **spec},
            "items": items,
            "start": True,
        }
        key["Idempotency-Key"] += str(len(self.heard))
        answer = await self.ask("POST", f"{self.path}/jobs", json=body, headers=key)
        assert answer.status_code == 201, answer.text
        return answer.json()["job"]["id"]

    async def ended(self, job_id):
        with trio.fail_after(60):
            while True:
                answer = await self.ask("GET", self.path)
                job = next(job for job in answer.json()["jobs"] if job["id"] == job_id)
                if job["status"] in ENDED:
                    return job
                after = answer.json()["revision"]
                await self.ask("GET", self.path, params={"after": after, "wait": 20})

    def finds(self):
        """Secrets in what the server said; a request's own address is the caller's."""
        hunter = Hunter({desk_key(self.desk_id)})
        for what, head, answer in self.heard:
            yield from hunter.finds(head.encode(), f"the head of {what}")
            yield from hunter.finds(answer.content, f"the body of {what}")


@pytest.fixture
async def guest(nightdesk):
    # A connection for each request: some of these end theirs, and say so or not.
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=nightdesk.url, timeout=60, limits=limits) as client:
        made = await client.post("/api/desks")
        yield Guest(client, made.json()["desk_id"])


async def use(guest, remote, proxy):
    """Jobs that send, and fail with, every kind of secret."""
    spec = {"headers": {"Authorization": f"Bearer {canary('spec-header')}"}}
    item = {"headers": {"Cookie": f"sid={canary('item-cookie')}"}}
    paths = ("/ok", "/named", "/broken", "/other", "/cookie", "/missing")
    urls = [remote.url(path) for path in paths] + [f"https://127.0.0.1:{remote.port}/tls"]
    failing = [{"url": url, **item} for url in urls]
    proxied = {"proxies": [f"http://me:{canary('proxy')}@127.0.0.1:{proxy.port}"]}
    csv = f'url,headers\n{remote.url("/ok")},"{{""X-Api-Key"": ""{canary("csv-header")}""}}"\n'
    form = {
        "job": (None, json.dumps({"kind": "fetch", "start": True})),
        "items": (f"{canary('filename')}.csv", csv),
    }
    upload = await guest.ask("POST", f"{guest.path}/jobs", files=form)
    assert upload.status_code == 201, upload.text
    return [
        upload.json()["job"]["id"],
        await guest.create(spec, failing),
        await guest.create(proxied, [f"https://127.0.0.1:{remote.port}/"]),
    ]


def refusals(guest):
    """Requests that are refused: (method, path, arguments)."""
    desk, jobs = guest.path, f"{guest.path}/jobs"
    text = {"Content-Type": "application/json"}
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    return [
        ("GET", f"{desk}/nothing", {}),
        ("GET", f"{desk}/jobs/nothing/items", {}),
        ("DELETE", f"{desk}", {}),
        ("GET", f"/s/{guest.desk_id}/no/such/page", {}),
        ("GET", f"/{guest.desk_id}/x", {}),
        ("GET", f"/api/desks/{guest.desk_id.upper()}", {}),
        ("GET", "/api/desks/me", {"headers": bearer}),
        ("GET", "/api/desks/me", {"params": {"token": TOKEN, "access_token": TOKEN}}),
        ("GET", "/api/desks/me", {"headers": {"Authorization": f"Basic {canary('basic')}"}}),
        ("GET", "/api/desks/me", {"headers": {"X-Session-ID": canary("session")}}),
        ("GET", "/api/desks/me", {"headers": {"Cookie": f"nightdesk={canary('cookie')}"}}),
        ("GET", "/api/desks/me/nothing", {"headers": {"X-Session-ID": guest.desk_id}}),
        ("POST", jobs, {"content": f'{{"token": "{canary("json")}"', "headers": text}),
        ("POST", jobs, {"content": f'{{"a": 1, "a": "{canary("json")}"}}', "headers": text}),
        ("POST", jobs, {"json": {"kind": "fetch", "spec": {"headers": {"Cookie": [canary("x")]}}}}),
        ("POST", jobs, {"json": {"kind": "fetch", "items": [f"http://me:{canary('u')}@ex.com/"]}}),
        ("POST", jobs, {"json": {"kind": "fetch", "items": [f"http://me:{canary('u')}/@ex.com"]}}),
        ("POST", jobs, {"json": {"kind": "fetch", "items": [
            {"url": "http://ex.com/", "headers": {"Cookie": f"{canary('line')}\r\nx: y"}}]}}),
        ("POST", jobs, {"json": {"kind": "fetch", "items": ["http://ex.com/"],
            "spec": {"proxies": [f"gopher://me:{canary('p')}@p.example"]}}}),
        ("POST", jobs, {"content": canary("large").encode() * 1_100_000, "headers": text}),
        ("POST", jobs, {"content": canary("plain"), "headers": {"Content-Type": "text/plain"}}),
        ("POST", jobs, {"json": {}, "headers": {"Idempotency-Key": canary("k") * 50}}),
        ("POST", jobs, {"json": {}, "headers": {"Origin": f"http://{canary('origin')}"}}),
        ("POST", jobs, {"json": {}, "headers": {"Host": canary("host")}}),
        ("POST", f"{desk}/stream", {}),
        ("GET", f"{desk}/stream", {"headers": {"Connection": "Upgrade", "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            "Origin": f"http://{canary('socket')}", **bearer}}),
    ]  # fmt: skip


def readings(guest, job_id):
    """Whatever is told of a job and of the server."""
    job = f"{guest.path}/jobs/{job_id}"
    parts = ("", "/items", "/log", "/artifacts", "/artifacts.zip", "/items?status=pending")
    parts += tuple(f"/export?format={form}" for form in ("jsonl", "json", "csv", "xlsx"))
    desk = [f"{guest.path}{part}" for part in ("", "/jobs", "/ledger", "/audit")]
    return [*(job + part for part in parts), *desk, "/metrics", "/readyz", "/healthz", "/docs"]


async def test_secrets_are_where_they_must_be_and_nowhere_else(nightdesk, guest, remote, proxy):
    jobs = await use(guest, remote, proxy)
    for job_id in jobs:
        await guest.ended(job_id)
    for method, path, arguments in refusals(guest):
        answer = await guest.ask(method, path, **arguments)
        assert 400 <= answer.status_code < 500, (path, answer.text)
    for job_id in jobs:
        for path in readings(guest, job_id):
            assert (await guest.ask("GET", path)).status_code == 200, path
    refuse(guest.finds())

    # Sent to whom they were meant for, and to nobody else.
    sent = [asked.headers for asked in remote.asked]
    assert any(
        headers.get("authorization") == f"Bearer {canary('spec-header')}" for headers in sent
    )
    assert any(headers.get("cookie") == f"sid={canary('item-cookie')}" for headers in sent)
    assert any(headers.get("x-api-key") == canary("csv-header") for headers in sent)
    assert [MARK in str(asked.headers) for asked in remote.other.asked] == [False]
    assert proxy.asked[0].headers["proxy-authorization"].startswith("Basic ")

    place = nightdesk.data / "files" / desk_key(guest.desk_id) / "secrets.json"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    kept = place.read_text()
    assert all(canary(what) in kept for what in KEPT)
    for job_id in jobs:
        assert (await guest.ask("DELETE", f"{guest.path}/jobs/{job_id}")).status_code == 200
    assert nightdesk.stop() == 0
    assert MARK not in place.read_text()


async def test_a_worker_that_dies_takes_its_secrets_along(nightdesk, guest, remote):
    spec = {"headers": {"Authorization": f"Bearer {canary('dying')}"}, "timeout_s": 60}
    job_id = await guest.create(spec, [remote.url("/hang")])
    for asked in (1, 2):
        with trio.fail_after(60):
            while len(remote.asked) < asked:
                await trio.testing.wait_all_tasks_blocked(0.01)
        for pid in nightdesk.children():
            os.kill(pid, signal.SIGKILL)
    assert (await guest.ended(job_id))["status"] == "failed"
    for path in readings(guest, job_id):
        await guest.ask("GET", path)
    refuse(guest.finds())
    nightdesk.kill()  # no farewell: what is on disk is what a crash leaves
    for flags in ((), ("--json",), ("--repair",)):
        report = run_command("doctor", "--data", str(nightdesk.data), *flags)
        refuse(Hunter({desk_key(guest.desk_id)}).finds(report.stdout.encode(), "the doctor"))
        assert report.stderr == ""


COMMANDS = [
    ("jobs",),
    ("jobs", "--json"),
    ("items", "last"),
    ("items", "last", "--json"),
    ("log", "last"),
    ("export", "last"),
    ("watch", "last"),
    ("watch", "0f8fad5b-d9cb-469f-a165-708677289510"),
    ("retry", "nothing", "--json"),
]


async def test_commands_tell_nothing_that_opens_a_desk(
    nightdesk, guest, remote, capsys, monkeypatch
):
    spec = {"headers": {"Authorization": f"Bearer {canary('command')}"}}
    await guest.ended(await guest.create(spec, [remote.url("/ok")]))
    hunter = Hunter({desk_key(guest.desk_id)})
    monkeypatch.setenv("NIGHTDESK_URL", nightdesk.url)
    monkeypatch.setenv("NIGHTDESK_DESK", guest.desk_id)
    for command in COMMANDS:
        run(command, {"LANG": "C.UTF-8"})
        refuse(hunter.finds("".join(capsys.readouterr()).encode(), " ".join(command)))
