"""Webhooks through a real server and its workers: signed, safe, and told over a sudden death."""

from __future__ import annotations

import httpx
import pytest
import trio
from standardwebhooks import Webhook, WebhookVerificationError

from tests.support.target import Target

DESK = "/api/desks/me"
OPEN = ("--allow-target", "127.0.0.1")
EVENTS = ["completed", "failed"]


@pytest.fixture
async def receiver(nursery):
    """`/told` takes what it is told, `/away` leads there, `/held` never answers."""
    served = Target()
    served.reached = trio.Semaphore(0)

    async def told(talk):
        await talk.respond(b"thanks")
        served.reached.release()

    async def away(talk):
        await talk.respond(status="307 Temporary Redirect", location=served.url("/told"))

    async def held(talk):
        served.reached.release()
        await trio.sleep_forever()

    served.handlers = {"/told": told, "/away": away, "/held": held}
    await nursery.start(served.run)
    return served


async def hook(client, *urls):
    """Webhooks at those addresses; their entries, secrets included."""
    wanted = [{"url": url, "events": EVENTS} for url in urls]
    answer = await client.put(f"{DESK}/webhooks", json={"webhooks": wanted})
    assert answer.status_code == 200, answer.text
    return answer.json()["webhooks"]


async def start_job(client, target):
    body = {"kind": "fetch", "spec": {"retries": 0}, "items": [target.url("/x")], "start": True}
    assert (await client.post(f"{DESK}/jobs", json=body)).status_code == 201


async def tried(client):
    """The webhooks once each was tried."""
    with trio.fail_after(60):
        while True:
            desk = (await client.get(DESK)).json()
            shown = (await client.get(f"{DESK}/webhooks")).json()["webhooks"]
            if all(each["last_at"] is not None for each in shown):
                return shown
            await client.get(DESK, params={"after": desk["revision"], "wait": 5})


def told(receiver, path="/told"):
    return [asked for asked in receiver.asked if asked.target == path]


async def test_the_end_of_a_job_is_told_and_the_signature_holds(start_server, receiver):
    server = start_server(*OPEN)
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        (made,) = await hook(client, receiver.url("/told"))
        await start_job(client, receiver)
        shown = await tried(client)
        (asked,) = told(receiver)
        assert asked.method == "POST"
        assert asked.headers["content-type"] == "application/json"
        said = Webhook(made["secret"]).verify(asked.body, asked.headers)
        assert said["type"] == "job.failed"
        assert said["data"]["counts"] == {"total": 1, "ok": 0, "failed": 1, "skipped": 0}
        with pytest.raises(WebhookVerificationError):
            Webhook("whsec_" + "b" * 43).verify(asked.body, asked.headers)
        assert (shown[0]["last_error"], shown[0]["waiting"]) == (None, 0)
        assert server.stop() == 0
    held = [path for path in server.data.rglob("*") if path.is_file()]
    holding = [path.name for path in held if made["secret"].encode() in path.read_bytes()]
    assert set(holding) == {"secrets.json"}
    assert made["secret"] not in server.log


async def test_no_redirect_is_followed_and_nothing_private_is_reached(start_server, receiver):
    server = start_server(*OPEN)
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        await hook(client, receiver.url("/away"), "http://10.0.0.1/told")
        await start_job(client, receiver)
        led_away, private = await tried(client)
        assert "redirects are not followed" in led_away["last_error"]
        assert private["last_error"].startswith("refused:")
        assert (led_away["waiting"], private["waiting"]) == (1, 1)
    assert told(receiver) == []
    assert server.stop() == 0


async def test_who_was_not_told_before_a_kill_is_told_after_it(start_server, receiver):
    server = start_server(*OPEN)
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        await hook(client, receiver.url("/held"))
        await start_job(client, receiver)
        with trio.fail_after(60):
            await receiver.reached.acquire()
        await trio.to_thread.run_sync(server.kill)
    receiver.handlers["/held"] = receiver.handlers["/told"]
    server = start_server(*OPEN)
    with trio.fail_after(60):
        await receiver.reached.acquire()
    first, second = told(receiver, "/held")
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert server.stop() == 0
