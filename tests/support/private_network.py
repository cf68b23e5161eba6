"""A network of its own: `python -m tests.support.private_network < CASES > RESULTS`.

The test starts it under `unshare`, in a network namespace where it may do as it likes. Private,
link-local and unique-local addresses are on the loopback device, and so is a public one; a canary
listens at all of them, at port 80, and says for each fetch at which it was connected to.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

import msgspec
import trio

from actors.errors import InvalidSpec
from actors.ports import LeasedItem, PlanLimits
from executors.fetch.run import FetchExecutor
from executors.fetch.spec import FetchSpec
from tests.support.target import Conversation, read_request
from workers.net.client import open_http
from workers.net.dial import TlsContexts, client_tls
from workers.net.resolver import system_lookup

PUBLIC = "93.184.215.14"
PRIVATE_V4 = ("10.1.2.3", "100.100.100.200", "169.254.169.254", "172.16.0.1", "192.168.1.1")
PRIVATE_V6 = ("fd00:ec2::254", "fec0::1", "2600::5efe:a9fe:a9fe", "2002:a9fe:a9fe::1")
LOOPBACK = ("127.0.0.1", "::1")
PORT = 80

_GO = re.compile(r"/go/(\d+)/(\d+)/(\d+)")
_LIMITS = PlanLimits(
    max_items=10, max_url_bytes=8_192, max_concurrency=10, max_body_read_bytes=100_000
)


class Canary:
    """Listens everywhere. At the public address `/go/STATUS/HOPS/INDEX` redirects HOPS times, the
    last time to `locations[INDEX]`; anything else is a page."""

    def __init__(self, locations: Sequence[str]) -> None:
        self._locations = locations
        # Of the present case: (address that was connected to, Host) of each request or connection.
        self.connects: list[str] = []
        self.hosts: list[str] = []

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        listeners = [
            *await trio.open_tcp_listeners(PORT, host="0.0.0.0"),
            *await trio.open_tcp_listeners(PORT, host="::"),
        ]
        async with trio.open_nursery() as nursery:
            await nursery.start(trio.serve_listeners, self._serve, listeners)
            task_status.started()

    async def _serve(self, stream: trio.SocketStream) -> None:
        self.connects.append(str(ip_address(stream.socket.getsockname()[0])))
        async with stream:
            try:
                while (asked := await read_request(stream)) is not None:
                    self.hosts.append(asked.headers["host"])
                    await self._answer(Conversation(stream, asked))
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return

    async def _answer(self, talk: Conversation) -> None:
        asked = _GO.fullmatch(talk.asked.target)
        if asked is None:
            await talk.respond(b"a page")
            return
        status, hops, index = asked.groups()
        location = f"/go/{status}/{int(hops) - 1}/{index}"
        if hops == "1":
            location = self._locations[int(index)]
        head = f"HTTP/1.1 {status} Go\r\ncontent-length: 0\r\nlocation: ".encode()
        await talk.send(head + location.encode() + b"\r\n\r\n")


class Tools:
    def __init__(self, http: Any) -> None:
        self.http = http


class Context:
    def log(self, level: str, message: str) -> None:
        """Nobody reads it."""


async def main(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    locations = [case.get("location", "") for case in cases]
    canary = Canary(locations)
    results = []
    tls = client_tls()
    async with trio.open_nursery() as nursery:
        await nursery.start(canary.run)
        for index, case in enumerate(cases):
            canary.connects, canary.hosts = [], []
            said = await fetch(case, index, tls)
            results.append({**said, "connects": canary.connects, "hosts": canary.hosts})
        nursery.cancel_scope.cancel()
    return results


async def fetch(case: dict[str, Any], index: int, tls: TlsContexts) -> dict[str, Any]:
    """One item, as a job and its worker would do it. `answers` are what its names mean, one look-up
    after the other."""
    url = case.get("url") or f"http://{PUBLIC}/go/{case['status']}/{case['hops']}/{index}"
    answers = list(case.get("answers", []))
    lookup = (lambda _: answers.pop(0)) if answers else system_lookup
    settings = {"allow_target": case.get("allow", []), "own_ports": case.get("own_ports", [])}
    try:
        plan = FetchSpec().plan({"timeout_s": 10, "retries": 0}, [url], _LIMITS)
    except InvalidSpec as error:
        return {"planned": False, "error": str(error)}
    item = LeasedItem(0, 0, plan.items[0].key, plan.items[0].item)
    async with (
        open_http(settings, lookup=lookup, tls=tls) as http,
        FetchExecutor().open(plan.spec, Tools(http)) as runner,
    ):
        done = await runner.run_item(item, Context())
    msgspec.json.encode(done)
    return {"planned": True, "error": done.error, "left": len(answers)}


def furnish() -> None:
    """Give the namespace its addresses."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in (PUBLIC, *PRIVATE_V4):
        subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
    for address in PRIVATE_V6:
        subprocess.run(["ip", "address", "add", f"{address}/128", "dev", "lo"], check=True)


if __name__ == "__main__":
    furnish()
    json.dump(trio.run(main, json.load(sys.stdin)), sys.stdout)
