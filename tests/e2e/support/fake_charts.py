"""The scripted desk's series and timelines. Installed by `fake_desk`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from quart import request
from quart_trio import QuartTrio

Refuse = Callable[[Any, str], Any]
T0 = 1_795_000_000  # 2026-11-18T11:06:40Z
NOTHING: dict[str, Any] = {"ok": 0, "failed": 0, "skipped": 0, "lost": 0, "errors": {},
                           "duration_ms": None, "bytes": 0, "usd": "0", "tokens": 0}  # fmt: skip
COUNTED = ("ok", "failed", "skipped", "lost")


def at(after: float) -> str:
    """So many seconds after the first of what is told."""
    moment = datetime.fromtimestamp(T0 + after, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def a_bucket(after: float, ok: int = 0, failed: int = 0, **rest: Any) -> dict[str, Any]:
    took = {"min": 10.0, "median": 50.0 + ok, "p95": 300.0, "max": 900.0} if ok or failed else None
    told = {"at": at(after), "ok": ok, "failed": failed, "duration_ms": took}
    return {**NOTHING, **told, **rest}


def a_series(*buckets: dict[str, Any], to: float, **rest: Any) -> dict[str, Any]:
    """Buckets of a second each, from T0 on."""
    total = {**NOTHING, **{name: sum(b[name] for b in buckets) for name in COUNTED}}
    total["usd"] = str(sum(float(b["usd"]) for b in buckets))
    replaced = {"ok": 0, "failed": 0, "skipped": 0}
    return {"from": at(0), "to": at(to), "width_s": 1.0, "buckets": list(buckets), "total": total,
            "replaced": replaced, "growing": False, "astray": 0, "bad_lines": 0, "revision": 1,
            **rest}  # fmt: skip


class FakeCharts:
    """What the scripted desk tells of every job. Written in the server's thread only."""

    def __init__(self) -> None:
        self.series = a_series(to=60)
        self.timeline: dict[str, Any] = {"events": [], "gaps": [], "left_out": 0, "revision": 1}
        self.asked: list[dict[str, str]] = []


def install(app: QuartTrio, desk: Any, base: str, refuse: Refuse) -> None:
    @app.get(f"{base}/jobs/<job>/series")
    async def series(job: str) -> Any:
        asked = dict(request.args)
        desk.charts.asked.append(asked)
        refused = refuse(desk, "series")
        if refused:
            return refused
        told = desk.charts.series
        tag = f'"{told["revision"]}"'
        if request.headers.get("If-None-Match") == tag:
            return "", 304, {"ETag": tag}
        first, last = asked.get("from", ""), asked.get("to", "~")
        since = max(asked.get("since", ""), first)
        some = [bucket for bucket in told["buckets"] if since <= bucket["at"] <= last]
        ends = {"from": first or told["from"], "to": asked.get("to", told["to"])}
        return {**told, **ends, "buckets": some}, 200, {"ETag": tag}

    @app.get(f"{base}/jobs/<job>/timeline")
    async def timeline(job: str) -> Any:
        return refuse(desk, "timeline") or desk.charts.timeline
