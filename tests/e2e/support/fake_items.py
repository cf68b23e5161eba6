"""What a scripted desk says of its items besides their pages: causes, grouped as the product does,
and hosts that are slowed. Installed by `fake_desk`.
"""

from __future__ import annotations

from typing import Any

import msgspec
from quart import request
from quart_trio import QuartTrio

from state.filters import Facts, Seen
from state.groups import causes_of
from state.model import OutcomeStatus
from state.table import Table
from web.causes_api import wire_causes


def install(app: QuartTrio, desk: Any, base: str) -> None:
    @app.get(f"{base}/jobs/<job>/causes")
    async def causes(job: str) -> Any:
        found = desk.items.get(job, [])
        return msgspec.to_builtins(wire_causes(_page(found)))

    @app.put(f"{base}/jobs/<job>/hosts/<host>")
    async def pace(job: str, host: str) -> Any:
        asked = await request.get_json()
        desk.requests.append(("PUT", f"hosts/{host}", dict(request.headers), asked))
        paces = {**desk.jobs[job].get("paces", {}), host: asked}
        if asked is None:
            del paces[host]
        desk.touch({**desk.jobs[job], "paces": paces})
        return {"job": desk.jobs[job], "revision": desk.revision, "durable": True}


def _page(found: list[dict[str, Any]]) -> Any:
    table = Table(len(found), 0)
    for place, one in enumerate(found):
        facts = Facts(**{name: one[name] for name in Facts.__struct_fields__ if name in one})
        status = OutcomeStatus(one["status"])
        table.take(Seen(place, status, facts, one.get("error"), float(place)), str)
    ended = bytearray(one["status"] != "pending" for one in found)
    failed = bytearray(one["status"] in ("failed", "poisoned") for one in found)
    return causes_of(table, ended, failed)
