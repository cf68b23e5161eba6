"""A pool of proxies through a real server and its workers: used, shown, and never told."""

from __future__ import annotations

import json

import httpx
import pytest
import trio

from tests.support.bad_proxy import BadProxy
from tests.support.canaries import Hunter, canary, refuse
from tests.support.processes import run_command
from tests.support.proxy import HttpProxy
from tests.support.target import Target, page

ENDED = {"completed", "partially_completed", "failed", "cancelled"}
DESK = "/api/desks/me"
SECRET = canary("pool")


@pytest.fixture
async def lists(nursery):
    served = Target()
    await nursery.start(served.run)
    return served


@pytest.fixture
async def proxies(nursery):
    """One that works, and one that answers nonsense."""
    both = HttpProxy(), BadProxy(b"nonsense\r\n\r\n")
    for proxy in both:
        await nursery.start(proxy.run)
    return both


async def run_job(client, spec, items, kind="fetch"):
    body = {"kind": kind, "spec": spec, "items": items, "start": True}
    made = await client.post(f"{DESK}/jobs", json=body)
    assert made.status_code == 201, made.text
    job_id = made.json()["job"]["id"]
    with trio.fail_after(60):
        while True:
            job = (await client.get(f"{DESK}/jobs/{job_id}")).json()["job"]
            if job["status"] in ENDED:
                return job
            revision = (await client.get(DESK)).json()["revision"]
            await client.get(DESK, params={"after": revision, "wait": 5})


async def uses(client, *, ok, failed):
    """The pool as it is shown, once workers have told so much of it."""
    with trio.fail_after(30):
        while True:
            shown = (await client.get(f"{DESK}/proxies")).json()["proxies"]
            told = [sum(entry[what] for entry in shown) for what in ("ok", "failed")]
            if told == [ok, failed]:
                return shown
            await trio.sleep(0.1)


async def test_a_list_is_checked_drawn_on_and_shown_without_passwords(start_server, lists, proxies):
    good, bad = proxies
    whole = f"http://me:{SECRET}@127.0.0.1:{good.port}"
    lists.handlers["/list"] = page(json.dumps({"proxies": [bad.url, whole]}).encode())
    server = start_server("--allow-target", "127.0.0.1")
    heard = []

    async def keep(response):
        await response.aread()
        heard.append(response)

    hooks = {"response": [keep]}
    async with httpx.AsyncClient(base_url=server.url, timeout=60, event_hooks=hooks) as client:
        path = "/api/batchopen/proxy-url-validate"
        checked = (await client.post(path, json={"proxyUrl": lists.url("/list")})).json()
        assert (checked["success"], checked["count"]) == (True, 2)
        spec = {"proxy_pool": True, "retries": 0, "concurrency": 1}
        job = await run_job(client, spec, [lists.url(f"/{n}") for n in range(6)])
        assert job["status"] == "completed"
        first, second = await uses(client, ok=6, failed=1)
        assert first["address"] == bad.url
        assert first["benched_until"] is not None
        assert second["address"] == f"http://***@127.0.0.1:{good.port}"
        assert (first["ok"], second["ok"]) == (0, 6)
        await client.get(f"{DESK}/jobs/{job['id']}/log")
        await client.get(f"{DESK}/audit")
        greeted = await client.post(f"{DESK}/proxies/check", json={"address": whole})
        assert greeted.json()["valid"]
    assert {asked.headers["proxy-authorization"] for asked in good.asked} != {None}
    refuse(find for said in heard for find in Hunter(set()).finds(said.content, str(said.url)))
    assert server.stop() == 0


async def test_a_crawl_reads_rules_and_pages_through_it(start_server, lists, proxies):
    good, bad = proxies
    whole = [bad.url, f"http://me:{SECRET}@127.0.0.1:{good.port}"]
    server = start_server("--allow-target", "127.0.0.1")
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        assert (await client.put(f"{DESK}/proxies", json={"proxies": whole})).status_code == 200
        spec = {"proxy_pool": True, "sitemap": False, "retries": 0}
        job = await run_job(client, spec, [lists.url("/start")], kind="crawl")
        assert (job["status"], job["counts"]["ok"]) == ("completed", 1)
        await uses(client, ok=2, failed=1)
        told = (await client.get(f"{DESK}/jobs/{job['id']}/items")).content
    asked = [asked.target for asked in good.asked]
    assert asked == [lists.url("/robots.txt"), lists.url("/start")]
    assert lists.asked == []
    refuse(Hunter(set()).finds(told, "results"))
    assert server.stop() == 0


@pytest.mark.browser
async def test_a_browser_draws_on_it_too(start_server, lists, proxies):
    good, bad = proxies
    whole = [bad.url, f"http://me:{SECRET}@127.0.0.1:{good.port}"]
    server = start_server("--allow-target", "127.0.0.1")
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        assert (await client.put(f"{DESK}/proxies", json={"proxies": whole})).status_code == 200
        spec = {"proxy_pool": True, "proxy_rotation": False, "retries": 0}
        job = await run_job(client, spec, [lists.url(f"/{n}") for n in range(2)], kind="visit")
        assert job["status"] == "completed"
        first, second = await uses(client, ok=2, failed=1)
        assert (first["ok"], second["ok"], first["benched_until"] is None) == (0, 2, False)
        told = [(await client.get(f"{DESK}/jobs/{job['id']}/{what}")).content
                for what in ("items", "log")]  # fmt: skip
        assert b"a proxy is benched for 30 s" in told[1]
    refuse(find for said in told for find in Hunter(set()).finds(said, "results"))
    assert server.stop() == 0


async def test_the_pool_outlives_the_server_and_the_servers_own_is_drawn_on(
    start_server, lists, proxies, tmp_path
):
    good, bad = proxies
    file = tmp_path / "proxies"
    file.write_text(f"# ours\n127.0.0.1:{good.port}:me:{SECRET}\n")
    arguments = ("--allow-target", "127.0.0.1", "--proxy-file", str(file))
    server = start_server(*arguments)
    async with httpx.AsyncClient(base_url=server.url) as client:
        document = {"proxies": [bad.url.replace("//", f"//x:{SECRET}@")]}
        assert (await client.put(f"{DESK}/proxies", json=document)).status_code == 200
    assert server.stop() == 0
    server = start_server(*arguments)
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        answer = (await client.get(f"{DESK}/proxies")).json()
        assert [entry["address"] for entry in answer["proxies"]] == [
            bad.url.replace("//", "//***@")
        ]
        assert answer["server"]["count"] == 1
        spec = {"proxy_pool": True, "retries": 0, "concurrency": 1}
        job = await run_job(client, spec, [lists.url()] * 3)
        assert job["status"] == "completed"
    assert bad.connections == 1
    assert len(good.asked) == 3
    assert server.stop() == 0


@pytest.mark.parametrize("text", ["nonsense", f"ftp://me:{SECRET}@a.example:1"])
def test_a_server_with_a_wrong_proxy_does_not_start_and_quotes_nothing(tmp_path, text):
    file = tmp_path / "proxies"
    file.write_text(f"\n{text}\n")
    data = ("--data", str(tmp_path / "data"), "--port", "0")
    refused = run_command("serve", *data, "--proxy-file", str(file))
    assert refused.returncode == 2
    assert "line 2" in refused.stderr
    assert SECRET not in refused.stderr
