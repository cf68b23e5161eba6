"""The scripted desk's share links and codes. Installed by `fake_desk`; it knows no rules."""

from __future__ import annotations

from typing import Any

from quart import request
from quart_trio import QuartTrio

from tests.e2e.support.samples import stamp

TOKEN = f"ndv_{'x' * 32}"
CODE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><path d="M0 0h1v1H0z"/></svg>'


class FakeShares:
    """Written in the server's thread only."""

    def __init__(self) -> None:
        self.made: list[dict[str, Any]] = []
        # What whoever comes by the share link is told of it.
        self.view: dict[str, Any] | None = None


def install(app: QuartTrio, desk: Any, base: str) -> None:
    @app.get(f"{base}/shares")
    async def share_list() -> Any:
        return {"shares": desk.shares.made, "limit": 50}

    @app.post(f"{base}/shares")
    async def share_made() -> Any:
        body = await request.get_json()
        desk.requests.append(("POST", "shares", dict(request.headers), body))
        share = {"id": f"{len(desk.shares.made):012x}", "name": body["name"], "job": body["job"],
                 "files": body["files"], "made_at": stamp(), "expires_at": stamp(-60),
                 "used_on": None}  # fmt: skip
        desk.shares.made.append(share)
        url = f"http://{request.host}/v/{TOKEN}"
        return {"share": share, "token": TOKEN, "url": url, "qr": CODE,
                "revision": desk.revision, "durable": True}, 201  # fmt: skip

    @app.delete(f"{base}/shares/<share>")
    async def share_ended(share: str) -> Any:
        desk.shares.made = [each for each in desk.shares.made if each["id"] != share]
        return {"ended": share, "revision": desk.revision, "durable": True}

    @app.post(f"{base}/qr")
    async def desk_code() -> Any:
        return {"url": f"http://{request.host}/s/x", "qr": CODE}
