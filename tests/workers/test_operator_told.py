"""Targets of the operator, told by a real worker and its helper: what comes, what is refused."""

from __future__ import annotations

import json

import pytest
import trio

from actors.ports.errands import Telling
from state.views import DeskKey
from tests.support.houses import Heard
from tests.support.ports import refusing_port
from tests.support.target import Target, page
from workers.pool import Pools, PoolSettings

DESK = DeskKey("a" * 64)
SECRET = "tk-very-secret-4711"


@pytest.fixture
async def receiver(nursery):
    """`/hook` takes what it is told, `/away` leads there, `/held` never answers."""
    served = Target({"/hook": page(b"{}")})

    async def away(talk):
        await talk.respond(status="302 Found", location=served.url("/hook"))

    async def held(talk):
        await trio.sleep_forever()

    async def refused(talk):
        await talk.respond(b"no", status="403 Forbidden")

    served.handlers |= {"/away": away, "/held": held, "/refused": refused}
    await nursery.start(served.run)
    return served


@pytest.fixture
def tell(nursery, tmp_path):
    """Tells a target; returns why it did not take it."""
    built = []

    async def tell(target, allow=("127.0.0.1",), **more):
        if not built:
            tools = {
                "http": {"allow_target": list(allow)},
                "helpers": {"scratch": str(tmp_path), "jail": "on"},
            }
            pools = Pools(PoolSettings(tool_settings=tools), {}, Heard())
            await nursery.start(pools.run)
            built.append(pools.errands())
        telling = {"title": "A job ended", "body": "12 items, 3 failed", "worrying": True, **more}
        return await built[0].notify(Telling(desk=DESK, target=target, **telling))

    return tell


async def test_a_service_is_told_and_one_that_fails_hinders_no_other(tell, receiver):
    place = f"127.0.0.1:{receiver.port}"
    assert await tell(f"json://{place}/held", timeout_s=0.5) == "took longer than 0.5 s"
    assert await tell(f"json://{place}/refused") == "it answered 403"
    # No redirect is followed.
    assert await tell(f"json://{place}/away") == "it answered 302"
    with refusing_port() as port:
        why = await tell(f"json://u:{SECRET}@127.0.0.1:{port}/hook")
    assert "refused" in why
    assert SECRET not in why
    assert (await tell("syslog://")).startswith("it is of a service that is not reached by HTTP")
    assert await tell(f"json://user:{SECRET}@{place}/hook") is None
    asked = [asked.target for asked in receiver.asked if asked.target != "/held"]
    assert asked == ["/refused", "/away", "/hook"]
    said = receiver.asked[-1]
    body = json.loads(said.body)
    shown = (body["title"], body["message"], body["type"])
    assert shown == ("A job ended", "12 items, 3 failed", "warning")
    assert said.headers["authorization"].startswith("Basic ")


async def test_a_target_in_private_space_is_refused(tell, receiver):
    why = await tell(f"json://u:{SECRET}@127.0.0.1:{receiver.port}/hook", allow=())
    assert why.startswith("refused: 127.0.0.1")
    assert SECRET not in why
    assert not receiver.asked
