"""What a server says of its kinds of jobs, and what jobs would be, for the scripted desk: the kinds
are ours, as they describe themselves, and each item of a job costs what the desk's prices say.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from quart import request
from quart_trio import QuartTrio

from actors.ports import PlanLimits
from executors.table import build_table
from executors.tag.spec import TagSpec
from web.kinds_api import KindsApi, Lack, forms_of

LIMITS = PlanLimits(
    max_items=100_000,
    max_url_bytes=8_192,
    max_concurrency=1_000,
    max_body_read_bytes=10 * 1024 * 1024,
)


class FakeKinds:
    """Written in the server's thread only. `lacks` are by kind, `expected` is told of each job,
    `asked` by its id is what a job was asked for, `outlined` are the requests."""

    def __init__(self) -> None:
        self.lacks: dict[str, Lack] = {}
        self.expected: dict[str, Any] | None = None
        self.asked: dict[str, dict[str, Any]] = {}
        self.outlined: list[Any] = []


def install(app: QuartTrio, desk: Any, base: str, refusal: Callable[..., Any]) -> None:
    executors = build_table(TagSpec(Path(), webui=True))
    forms = forms_of(executors, LIMITS)

    @app.get("/api/kinds")
    async def kinds() -> Any:
        lacks = desk.kinds.lacks
        told = KindsApi(executors, forms, {}, lambda: lacks, lambda _, n: 0, LIMITS.max_items)
        return msgspec.to_builtins(told.answer())

    @app.post(f"{base}/jobs/outline")
    async def outline() -> Any:
        job = await request.get_json(silent=True)
        if job is None:
            # Read to its end: a connection that is answered before that answers nothing more.
            await request.files
            return _outline(desk, "fetch", 1)
        desk.kinds.outlined.append(job)
        refused = refusal(desk, "outline")
        if refused:
            return refused
        return _outline(desk, job["kind"], len(job.get("items", [1])))

    @app.get(f"{base}/jobs/<job>/asked")
    async def asked(job: str) -> Any:
        return desk.kinds.asked[job]


def _outline(desk: Any, kind: str, items: int) -> dict[str, Any]:
    tokens = desk.batch.tokens
    price = desk.batch.prices.get(kind, 0) * items
    free = tokens["free"]
    return {
        "kind": kind,
        "name": kind,
        "items": items,
        "grows_to": 1_000 if kind == "crawl" else 0,
        "concurrency": 1,
        "price_tokens": price,
        "free_tokens": free,
        "missing_tokens": max(0, price - free),
        "expected": desk.kinds.expected,
        "first": [],
    }
