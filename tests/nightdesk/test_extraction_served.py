"""Values out of pages by a served desk: found, filtered, exported; and what hostile pages cost."""

from __future__ import annotations

import httpx
import pytest
import trio

from nightdesk import AsyncClient
from tests.support.target import Target, page

# Waited so long only where a test fails, or its machine is busy.
PATIENCE_S = 120.0
GOOD = [{"as": "title", "css": "h1"}, {"as": "price", "regex": r"(\d+) EUR"}]
# Every element is compared with all before it, and each of those again.
ENDLESS = [{"as": "never", "css": "i ~ b ~ b ~ b ~ b"}]
HOSTILE = b"<b></b>" * 100_000


@pytest.fixture
async def target(nursery):
    served = Target()
    await nursery.start(served.run)
    for name, price in (("tea", 12), ("milk", 3)):
        body = f"<h1>{name}</h1><p>{price} EUR</p>".encode()
        served.handlers[f"/{name}"] = page(body, content_type="text/html")
    served.handlers["/hostile"] = page(HOSTILE, content_type="text/html")
    return served


async def asked(server, job, path):
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
        answer = await http.get(f"/api/desks/me/jobs/{job}/{path}")
    assert answer.status_code == 200, answer.text
    return answer


async def test_values_are_found_filtered_and_exported(start_server, target):
    server = await trio.to_thread.run_sync(
        start_server, "--allow-target", f"127.0.0.1:{target.port}"
    )
    urls = [target.url("/tea"), target.url("/milk"), target.url("/gone")]
    async with AsyncClient(server.url) as desk:
        job = await desk.submit(urls, spec={"extract": GOOD, "retries": 0})
        with trio.fail_after(PATIENCE_S):
            await desk.wait(job.id)
    items = (await asked(server, job.id, "items?extracted.price=3")).json()
    assert [item["extracted"] for item in items["items"]] == [{"title": "milk", "price": "3"}]
    assert (await asked(server, job.id, "items?http_status=4xx&text=GONE")).json()["total"] == 1
    table = (await asked(server, job.id, "export?format=csv&http_status=2xx")).text.splitlines()
    assert "extracted.title,extracted.price" in table[0]
    assert len(table) == 3
    assert [path.name for path in (server.data / "scratch" / "helpers").iterdir()] != []
    await trio.to_thread.run_sync(server.stop)


async def test_pages_without_an_end_cost_their_own_values_and_nobody_elses(start_server, target):
    server = await trio.to_thread.run_sync(
        start_server,
        *("--allow-target", f"127.0.0.1:{target.port}", "--net-workers", "1"),
        *("--extract-s", "1"),
    )
    async with AsyncClient(server.url) as desk:
        with trio.fail_after(PATIENCE_S):
            spec = {"extract": ENDLESS, "retries": 0, "concurrency": 10}
            hostile = await desk.submit([target.url("/hostile")] * 300, spec=spec)
            good = await desk.submit(
                [target.url("/tea")] * 20, spec={"extract": GOOD}, lane="other"
            )
            assert (await desk.wait(good.id)).counts.ok == 20
            async with desk.watch(hostile.id) as changes:
                async for seen in changes:
                    if seen.counts.ok:
                        break
            assert seen.status == "running"
            told = (await asked(server, hostile.id, "items?limit=1")).json()["items"][0]
            await desk.cancel(hostile.id)
    assert told["extracted"] == {"never": None}
    assert told["extract_error"] == "took longer than 1 s"
    assert (told["status"], told["bytes"]) == ("ok", len(HOSTILE))
    await trio.to_thread.run_sync(server.stop)
