"""A desk that cannot be read costs its own user the service, and nobody else: a served process."""

from __future__ import annotations

import json

import trio

from state.views import desk_key
from tests.support.serving import ask


async def test_a_parked_desk_is_503_for_its_user_alone(start_server):
    server = await trio.to_thread.run_sync(start_server)
    port = port_of(server)
    _, _, made = await ask(port, "POST", "/api/desks")
    other = json.loads(made)["desk_id"]
    assert (await ask(port, path="/api/desks/local"))[0] == 200
    await trio.to_thread.run_sync(server.stop)
    key = desk_key("local")
    for file in (server.data / "sessions").glob(f"{key}.json*"):
        file.write_bytes(b"{")

    again = await trio.to_thread.run_sync(start_server)
    port = port_of(again)
    status, _, body = await ask(port, path="/api/desks/local")
    assert (status, json.loads(body)["error"]["code"]) == (503, "desk_unavailable")
    assert (await ask(port, path=f"/api/desks/{other}"))[0] == 200
    status, _, body = await ask(port, path="/readyz")
    told = json.loads(body)
    assert (status, told["status"], told["desks_parked"]) == (200, "degraded", 1)
    assert key[:12] in body.decode()
    assert await trio.to_thread.run_sync(again.stop) == 0
    assert "a desk is parked" in again.log


def port_of(server):
    return int(server.url.rstrip("/").rpartition(":")[2])
