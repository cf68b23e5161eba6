"""Jobs, outcomes and log lines as the native API writes them, for the scripted desk."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

_numbers = itertools.count(1)
HOSTILE = '"><img src=x onerror="document.title=1"><svg/onload=alert(1)></script>'


def stamp(minutes_ago: float = 0) -> str:
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def make_job(
    name: str = "spring list",
    *,
    status: str = "running",
    total: int = 500,
    ok: int = 0,
    failed: int = 0,
    skipped: int = 0,
    minutes_ago: float = 5,
    **rest: Any,
) -> dict[str, Any]:
    done = ok + failed + skipped
    running = status == "running"
    progress = {
        "percent": round(100 * done / total, 1) if total else 0.0,
        "stage": "",
        "rate_per_s": 31.2 if running else 0.0,
        "eta_s": (total - done) * 2 if running else None,
        "in_flight": min(10, total - done) if running else 0,
        "waiting": 0,
    }
    counts = {"total": total, "done": done, "ok": ok, "failed": failed, "skipped": skipped}
    job = {
        "id": str(UUID(int=next(_numbers), version=4)),
        "kind": "fetch",
        "name": name,
        "lane": "fetch",
        "priority": 0,
        "status": status,
        "reason": None,
        "counts": counts,
        "progress": progress,
        "created_at": stamp(minutes_ago),
        "started_at": stamp(minutes_ago - 0.1),
        "ended_at": None,
        "error": None,
        "revision": 1,
    }
    return {**job, **rest}


def make_outcome(index: int, status: str = "ok", **rest: Any) -> dict[str, Any]:
    url = f"https://shop.example.com/catalogue/page-{index + 1}.html"
    outcome = {
        "index": index,
        "url": url,
        "status": status,
        "http_status": 200 if status == "ok" else 429,
        "final_url": url,
        "duration_ms": 80 + index * 7 % 900,
        "attempts": 1 if status == "ok" else 4,
        "bytes": 12_345,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "error": None if status == "ok" else "HTTP 429: too many requests, asked to wait 30 s",
        "at": stamp(),
    }
    return {**outcome, **rest}


def outcomes(n: int, failed_every: int = 25) -> list[dict[str, Any]]:
    return [make_outcome(at, "failed" if at % failed_every == 3 else "ok") for at in range(n)]


def log_lines(n: int, first_error: int | None = None) -> list[dict[str, Any]]:
    def level(at: int) -> str:
        return "error" if at == first_error else "warning" if at % 10 == 7 else "info"

    return [
        {
            "at": stamp(),
            "level": level(at),
            "message": f"line {at}: page {at} of the list",
            "index": at,
        }
        for at in range(n)
    ]


def a_busy_desk() -> list[dict[str, Any]]:
    """One job of every kind of state, the way a desk looks after a day's work."""
    long = "Quarterly supplier catalogue, all regions, with images and translated descriptions"
    return [
        make_job("spring list", total=1000, ok=400, failed=12, minutes_ago=3),
        make_job("autumn list", status="queued", total=240, minutes_ago=4),
        make_job(long, status="paused", reason="user", total=50_000, ok=31_337, skipped=4_000,
                 failed=120, minutes_ago=47),
        make_job("press pages", status="partially_completed", total=500, ok=488, failed=12,
                 minutes_ago=190),
        make_job("mirror check", status="completed", total=12_500, ok=12_500, minutes_ago=1500),
        make_job("partner API", status="failed", total=80, failed=80, minutes_ago=1600,
                 error="Every item failed: connection refused"),
        make_job("old links", status="cancelled", total=900, ok=310, minutes_ago=3000),
        make_job("for tonight", status="pending", total=64, minutes_ago=4300),
    ]  # fmt: skip
