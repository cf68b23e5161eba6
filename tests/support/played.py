"""Journeys that are played: the real plan of kind `visit`, and a worker without a browser.

A step takes a second of the clock and is told before it begins; at a host whose name begins with
`quick.` it takes no time. At a URL that ends in `/broken` the second step fails; every `screenshot`
leaves a file.
"""

from __future__ import annotations

from contextlib import asynccontextmanager

import msgspec
import trio
from msgspec.structs import replace

from actors.ports import ItemResult
from executors.visit.spec import VisitSpec
from state.model import OutcomeStatus
from tests.support.servers import Server
from web.app import build_app

STEP_S = 1.0
FOUND = [{"do": "goto", "url": "https://shop.example/a"}, {"do": "screenshot"}]


class PlayedSpec(VisitSpec):
    """Plans as `visit` does."""

    runner = "tests.support.played:Played"


class Played:
    """The worker's half."""

    @asynccontextmanager
    async def open(self, spec, tools):
        yield PlayedRunner(spec)


class PlayedRunner:
    """Plays one journey after the other."""

    def __init__(self, spec) -> None:
        self._spec = spec

    async def run_item(self, item, context) -> ItemResult:
        journey = msgspec.json.decode(item.payload)
        journey = {"url": journey} if isinstance(journey, str) else journey
        if (reason := self._skipped(journey)) is not None:
            return ended(OutcomeStatus.SKIPPED, journey, error=reason)
        path = journey.get("path")
        if path is None and self._spec["without_path"] == "fail":
            return ended(OutcomeStatus.FAILED, journey, error="it has no path")
        return await self._play(journey, path or FOUND, item.index, context, generated=path is None)

    def _skipped(self, journey) -> str | None:
        now = Server.now()
        if journey.get("expires_at", now + 1) <= now:
            return "it has expired"
        if journey.get("not_before", now) > now:
            return "it is not open yet"
        done = journey.get("completed") and self._spec["skip_completed"]
        return "it is completed already" if done else None

    async def _play(self, journey, path, index, context, *, generated) -> ItemResult:
        shots = []
        for place, step in enumerate(path):
            told = {"done": place, "total": len(path)}
            context.progress(place / len(path), step["do"], **told)
            await trio.sleep(0 if journey["url"].startswith("https://quick.") else STEP_S)
            if place == 1 and journey["url"].endswith("/broken"):
                return ended(
                    OutcomeStatus.FAILED, journey, error="no such button", steps_total=len(path)
                )
            if step["do"] == "screenshot":
                shots.append(f"{index:05}-{place:03}-shot.png")
                await context.artifact(shots[-1], b"\x89PNG")
        more = {"generated": True, "path": path} if generated else {}
        return ended(OutcomeStatus.OK, journey, screenshots=shots, steps_total=len(path), **more)


def ended(status, journey, *, error=None, **more) -> ItemResult:
    result = {"url": journey["url"], "screenshots": [], "steps_total": 0, **more}
    return ItemResult(status=status, result=result, error=error)


@asynccontextmanager
async def playing(deps, *, server=None, **settings):
    """A server with its front end on the virtual clock; yields (app, server)."""
    server = server or Server()
    server.executors = {"visit": PlayedSpec()}
    async with server.running() as directory:
        app = build_app(
            replace(
                deps,
                desks=directory,
                store=server.store,
                executors=server.executors,
                now=server.now,
                settings=replace(deps.settings, **settings),
            )
        )
        yield app, server
