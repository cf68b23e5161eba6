"""Peer of the feed tables: a Quart-Trio app with nothing in it, on Hypercorn as Nightdesk has it.

Runs in Nightdesk's own environment. `GET /empty` answers 304 without a thought; `POST /push/TOPIC`
wakes every socket of `/push/TOPIC` and answers the revision that it sends. Prints `ready PORT`.
"""

from __future__ import annotations

import signal
import socket

import hypercorn.config
import hypercorn.trio
import orjson
import trio
from quart import Response, websocket
from quart_trio import QuartTrio

from nightdesk import collector
from nightdesk.config import Config
from nightdesk.front import hypercorn_config

PAD = "x" * 600


class Topic:
    """The newest frame and the event that it is new. Written by `push` only."""

    def __init__(self) -> None:
        self.revision = 0
        self.frame = ""
        self.newer = trio.Event()

    def push(self) -> int:
        self.revision += 1
        frame = {"type": "status", "revision": self.revision, "pad": PAD}
        self.frame = orjson.dumps(frame).decode()
        self.newer.set()
        self.newer = trio.Event()
        return self.revision


def build() -> QuartTrio:
    app = QuartTrio(__name__)
    topics: dict[str, Topic] = {}

    @app.get("/empty")
    async def empty() -> Response:
        return Response(b"", status=304)

    @app.post("/push/<name>")
    async def push(name: str) -> Response:
        revision = topics.setdefault(name, Topic()).push()
        return Response(orjson.dumps({"revision": revision}), content_type="application/json")

    @app.websocket("/push/<name>")
    async def follow(name: str) -> None:
        topic = topics.setdefault(name, Topic())
        await websocket.accept()
        while True:
            await topic.newer.wait()
            await websocket.send(topic.frame)

    return app


async def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    port = listener.getsockname()[1]
    config = hypercorn_config(Config(), [listener])
    stopped = trio.Event()
    with trio.open_signal_receiver(signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_serve, build(), config, stopped)
            print(f"ready {port}", flush=True)
            async for _ in signals:
                stopped.set()
                nursery.cancel_scope.cancel()


async def _serve(app: QuartTrio, config: hypercorn.config.Config, stopped: trio.Event) -> None:
    await hypercorn.trio.serve(app, config, shutdown_trigger=stopped.wait)


collector.settle()
trio.run(main)
