"""The scripted desk's journeys: kept, run, and what its browser shows. Installed by `fake_desk`.

As everywhere in the scripted desk there are no rules: what the test has put there is the answer.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable
from typing import Any

import msgspec
from quart import Response, request
from quart_trio import QuartTrio

from tests.e2e.support.samples import make_job, stamp

LANE = "background"


class FakeJourneys:
    """What the scripted desk knows of journeys. Written in the server's thread only."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []
        self.starts: list[dict[str, Any]] = []
        self.frame: bytes | None = None
        self.looks = 0

    def digest(self) -> str | None:
        return hashlib.sha256(msgspec.json.encode(self.kept)).hexdigest() if self.kept else None

    def keep(self, journeys: list[dict[str, Any]]) -> None:
        self.kept = [
            {**make_journey(""), **journey, "id": journey.get("id") or f"{at:08x}"}
            for at, journey in enumerate(journeys, 1)
        ]


def make_journey(name: str, **rest: Any) -> dict[str, Any]:
    journey = {
        "id": hashlib.sha256(name.encode()).hexdigest()[:8],
        "name": name,
        "url": "https://shop.example.com/",
        "path": None,
        "generated": False,
        "not_before": None,
        "expires_at": None,
        "completed": False,
    }
    return {**journey, **rest}


def make_run(total: int, **rest: Any) -> dict[str, Any]:
    """A job that runs journeys, as `make_job` makes others."""
    return make_job("Journeys", kind="visit", lane=LANE, total=total, **rest)


def at_work(job: dict[str, Any], *items: dict[str, Any]) -> dict[str, Any]:
    progress = {**job["progress"], "items": list(items), "in_flight": len(items)}
    return {**job, "progress": progress}


def step_of(index: int, done: int, total: int, stage: str = "click Next") -> dict[str, Any]:
    percent = round(100 * done / total, 1)
    return {"index": index, "percent": percent, "stage": stage, "done": done, "total": total,
            "at": stamp()}  # fmt: skip


def picture(width: int = 1280, height: int = 720) -> bytes:
    """A PNG of something like a page: a dark head, and lines of a text below it."""
    dark, line, ground = b"\x2e\x40\x57", b"\xd8\xd2\xc6", b"\xf4\xf1\xeb"
    text = ground * (width // 16) + line * (width // 2)
    rows = []
    for y in range(height):
        plain = ground * width
        inner = (text + plain)[: 3 * width]
        row = dark * width if y < height // 8 else inner if y // 24 % 3 == 1 else plain
        rows.append(b"\0" + row)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + checksum


def install(app: QuartTrio, desk: Any, base: str, refusal: Callable[..., Any]) -> None:
    _journey_routes(app, desk, base, refusal)
    _picture_routes(app, desk, base)


def _journey_routes(app: QuartTrio, desk: Any, base: str, refusal: Callable[..., Any]) -> None:
    def answer() -> dict[str, Any]:
        book = desk.journeys
        return {"journeys": book.kept, "digest": book.digest(), "revision": desk.revision,
                "durable": True}  # fmt: skip

    @app.get(f"{base}/journeys")
    async def journeys() -> Any:
        return refusal(desk, "read_journeys") or answer()

    @app.put(f"{base}/journeys")
    async def set_journeys() -> Any:
        body = await request.get_json()
        desk.requests.append(("PUT", "journeys", dict(request.headers), body))
        if refused := refusal(desk, "journeys"):
            return refused
        if "replaces" in body and body["replaces"] != desk.journeys.digest():
            return {"error": {"code": "journeys_changed", "message": "", "details": {}}}, 409
        desk.journeys.keep(body["journeys"])
        desk.touch()
        return answer()

    @app.post(f"{base}/journeys/start")
    async def start() -> Any:
        body = await request.get_json()
        desk.requests.append(("POST", "start", dict(request.headers), body))
        if refused := refusal(desk, "start"):
            return refused
        desk.journeys.starts.append(body)
        job = make_run(len(body["indices"]), status="queued")
        chosen = [desk.journeys.kept[at] for at in body["indices"]]
        desk.items[job["id"]] = [
            {"index": at, "status": "pending", "id": one["id"], "name": one["name"],
             "url": one["url"]}
            for at, one in enumerate(chosen)
        ]  # fmt: skip
        desk.touch(job)
        return {"job": desk.jobs[job["id"]], "revision": desk.revision, "durable": True}, 201


def _picture_routes(app: QuartTrio, desk: Any, base: str) -> None:
    @app.get(f"{base}/jobs/<job>/live")
    async def live(job: str) -> Any:
        desk.journeys.looks += 1
        if desk.journeys.frame is None:
            return "", 204
        headers = {"X-Nightdesk-Item": request.args.get("item", "0"), "Cache-Control": "no-store"}
        return Response(desk.journeys.frame, content_type="image/jpeg", headers=headers)

    @app.get(f"{base}/jobs/<job>/artifacts/<name>")
    async def artifact(job: str, name: str) -> Any:
        return Response(picture(), content_type="application/octet-stream")
