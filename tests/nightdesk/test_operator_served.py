"""The operator's targets at a real server: told through its workers, over a kill, and never shown.

Their passwords are canaries: the server's log, data and workers are searched for them at its end.
"""

from __future__ import annotations

import json

import httpx
import pytest
import trio

from tests.support.canaries import canary
from tests.support.processes import run_command
from tests.support.target import Target

PASSWORD = canary("target")
OPEN = ("--allow-target", "127.0.0.1")


@pytest.fixture
async def receiver(nursery):
    """`/told` takes what it is told, `/held` never answers."""
    served = Target()
    served.reached = trio.Semaphore(0)

    async def told(talk):
        await talk.respond(b"{}")
        served.reached.release()

    async def held(talk):
        served.reached.release()
        await trio.sleep_forever()

    served.handlers = {"/told": told, "/held": held}
    await nursery.start(served.run)
    return served


@pytest.fixture
def named(tmp_path):
    """Writes the file of targets; returns the flags that name it."""

    def write(*targets):
        file = tmp_path / "targets"
        file.write_text("\n".join(["# who is told", *targets, ""]))
        return ("--notify-target-file", str(file))

    return write


async def end_a_job(server, target):
    body = {"kind": "fetch", "name": "Prices @all", "spec": {"retries": 0}, "start": True}
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        made = await client.post("/api/desks/me/jobs", json={**body, "items": [target.url("/x")]})
        assert made.status_code == 201


async def test_the_operator_is_told_and_one_that_hangs_delays_no_other(
    start_server, receiver, named
):
    place = f"json://u:{PASSWORD}@127.0.0.1:{receiver.port}/told"
    flags = named(place.replace("/told", "/held"), place)
    server = start_server(*OPEN, *flags)
    await end_a_job(server, receiver)
    with trio.fail_after(120):
        await receiver.reached.acquire()
        await receiver.reached.acquire()
    asked = next(asked for asked in receiver.asked if asked.target == "/told")
    told = json.loads(asked.body)
    assert told["title"] == "Nightdesk: Prices ＠all failed"
    assert "1 items: 0 ok, 1 failed" in told["message"]
    assert told["type"] == "warning"
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        shown = (await client.get("/api/desks/me/webhooks")).json()
        assert shown["webhooks"] == []
        audit = (await client.get("/api/desks/me/audit")).text
        assert "notice" not in audit
    assert server.stop() == 0


async def test_who_was_not_told_before_a_kill_is_told_after_it(start_server, receiver, named):
    flags = named(f"json://u:{PASSWORD}@127.0.0.1:{receiver.port}/held")
    server = start_server(*OPEN, *flags)
    await end_a_job(server, receiver)
    with trio.fail_after(120):
        await receiver.reached.acquire()
    await trio.to_thread.run_sync(server.kill)
    receiver.handlers["/held"] = receiver.handlers["/told"]
    server = start_server(*OPEN, *flags)
    with trio.fail_after(120):
        await receiver.reached.acquire()
    first, second = [json.loads(each.body) for each in receiver.asked if each.target == "/held"]
    assert first["message"] == second["message"]
    assert server.stop() == 0


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (f"mailto://u:{PASSWORD}@mail.example", "is not reached by HTTP"),
        ("syslog://", "is not reached by HTTP"),
        (f"{PASSWORD}://host", "no target that Apprise knows"),
    ],
)
def test_what_cannot_be_told_is_refused_at_the_start(tmp_path, named, target, why):
    data = ("--data", str(tmp_path / "data"))
    refused = run_command("serve", *data, *named(target))
    assert refused.returncode == 2
    assert why in refused.stderr
    assert "(line 2)" in refused.stderr
    assert PASSWORD not in refused.stderr
    assert not (tmp_path / "data").exists()


def test_an_end_that_there_is_not_is_refused_at_the_start(tmp_path):
    refused = run_command("serve", "--data", str(tmp_path / "data"), "--notify-of", "begun")
    assert refused.returncode == 2
    assert "--notify-of 'begun' is none of completed" in refused.stderr
