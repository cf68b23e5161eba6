"""The scripted desk's tokens, schedules and tabs. Installed by `fake_desk`.

As everywhere in the scripted desk there are no rules: what the test has put there is the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import trio
from quart import request, websocket
from quart_trio import QuartTrio

from tests.e2e.support.samples import stamp

Refuse = Callable[[Any, str], Any]


class FakeBatch:
    """What the scripted desk knows of them. Written in the server's thread only."""

    def __init__(self) -> None:
        self.tokens = {"balance": 10_000, "free": 10_000, "held": 0}
        self.limits: dict[str, int | None] = {}
        self.plan = ""
        self.prices: dict[str, int] = {"fetch": 0, "visit": 0, "tab": 0}
        self.entries: list[dict[str, Any]] = []
        self.passes: list[str] = []
        self.previews: list[dict[str, Any]] = []
        self.searches: list[dict[str, str]] = []
        # The lines of all tabs that ever were: `(number of the tab, what it said)`.
        self.said: list[tuple[int, dict[str, Any]]] = []
        self.tabs: list[trio.MemorySendChannel[dict[str, Any]]] = []

    def ledger(self, page: int, size: int) -> dict[str, Any]:
        newest = self.entries[::-1]
        spent = -sum(entry["amount"] for entry in self.entries if entry["amount"] < 0)
        return {
            **self.tokens,
            "granted": self.tokens["balance"] + spent,
            "spent": spent,
            "plan": self.plan,
            "limits": self.limits,
            "prices": self.prices,
            "entries": newest[(page - 1) * size : page * size],
            "total": len(newest),
            "forgotten": 0,
            "page": page,
            "size": size,
            "revision": 1,
        }

    def lease(self, tab: int, url: str, index: int = 0, *, new_window: bool = True) -> None:
        """Give that tab (the first is 0) an address to open."""
        message = {"type": "lease", "job_id": "j", "index": index, "url": url, "delay_ms": 0}
        flags = {"new_window": new_window, "sequential": False}
        self.tabs[tab].send_nowait({**message, **flags})

    def answers(self) -> list[tuple[int, str, int]]:
        """What the tabs said of their addresses: tab, how it went, index."""
        return [
            (tab, told["type"], told["index"])
            for tab, told in self.said
            if told["type"] not in ("hello", "beat")
        ]


def make_entry(at: int, amount: int, balance: int, **rest: Any) -> dict[str, Any]:
    said = {"id": f"grant:{at}", "amount": amount, "balance": balance, "at": stamp(at)}
    return {**said, "note": "", "job_id": None, **rest}


def install(app: QuartTrio, desk: Any, base: str, refuse: Refuse) -> None:
    @app.get(f"{base}/ledger")
    async def ledger() -> Any:
        page, size = int(request.args.get("page", 1)), int(request.args.get("size", 50))
        return desk.batch.ledger(page, size)

    @app.post(f"{base}/schedule/preview")
    async def preview() -> Any:
        desk.batch.previews.append(await request.get_json())
        refused = refuse(desk, "preview")
        if refused:
            return refused
        return {"passes": [{"at": at, "due_at": at} for at in desk.batch.passes]}

    @app.websocket(f"{base}/tab")
    async def tab() -> None:
        send, news = trio.open_memory_channel[dict[str, Any]](100)
        number = len(desk.batch.tabs)
        desk.batch.tabs.append(send)

        async def listen() -> None:
            while True:
                desk.batch.said.append((number, await websocket.receive_json()))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen)
            async for message in news:
                await websocket.send_json(message)
            nursery.cancel_scope.cancel()
        await websocket.close(1012)
