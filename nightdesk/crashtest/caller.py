"""Sends one request and writes down what came of it: acknowledged, refused, or unknown.

Raw HTTP on purpose: `nightdesk.client` asks again by itself, and that would hide the truth. Used by
`nightdesk.crashtest.visitor` and `nightdesk.crashtest.aftermath`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import msgspec
import trio
from msgspec import Struct

from nightdesk.crashtest.history import Call, History, Result, shown_of

TIMEOUT_S = 15.0


class Request(Struct, frozen=True, kw_only=True):
    """What to ask of a desk. `path` goes on from the desk's own."""

    desk: int
    action: str
    method: str = "GET"
    path: str = ""
    params: Mapping[str, str | int] = {}
    job: str = ""
    key: str = ""
    start: bool = False
    body: bytes | None = None


class Place(Struct, frozen=True):
    """One life of the server: its number and where it is."""

    life: int
    url: str


class Caller:
    """One client's connection to one life of the server."""

    def __init__(self, client: int, place: Place, ids: tuple[str, ...], history: History) -> None:
        self._client = client
        self._ids = ids
        self._history = history
        self.place = place
        # Plain HTTP on loopback: to load certificates for it would take 30 ms of every client.
        self._http = httpx.AsyncClient(
            base_url=place.url, timeout=TIMEOUT_S, trust_env=False, verify=False
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    async def ask(self, request: Request) -> Call:
        """Never raises but when cancelled: then nothing is known, and that is written down too."""
        began = trio.current_time()
        result: Result = "unknown"
        answer: httpx.Response | None = None
        code = ""
        try:
            answer = await self._send(request)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            result, code = "refused", "unreached"
        except httpx.HTTPError as error:
            code = type(error).__name__
        finally:
            call = self._call(request, began, result, code, answer)
            self._history.calls.append(call)
        return call

    async def _send(self, request: Request) -> httpx.Response:
        headers = {"Idempotency-Key": request.key} if request.key else {}
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        return await self._http.request(
            request.method,
            f"/api/desks/{self._ids[request.desk]}{request.path}",
            params=dict(request.params),
            content=request.body,
            headers=headers,
        )

    def _call(self, request: Request, began: float, result: Result, code: str, answer: Any) -> Call:
        call = Call(
            number=len(self._history.calls),
            client=self._client,
            life=self.place.life,
            desk=request.desk,
            action=request.action,
            job=request.job,
            key=request.key,
            start=request.start,
            began=began,
            ended=trio.current_time(),
            result=result,
            code=code,
        )
        return call if answer is None else _answered(call, answer)


def _answered(call: Call, answer: httpx.Response) -> Call:
    """What the status says: 5xx does not tell whether it was done; 304 says nothing new."""
    if answer.status_code == 304:
        return msgspec.structs.replace(call, result="refused", code="not_modified")
    body = answer.json()
    if answer.status_code >= 400:
        result: Result = "unknown" if answer.status_code >= 500 else "refused"
        return msgspec.structs.replace(call, result=result, code=body["error"]["code"])
    jobs = [body["job"]] if "job" in body else body.get("jobs", [])
    return msgspec.structs.replace(
        call,
        result="acked",
        revision=body.get("revision", 0),
        shown=tuple(map(shown_of, jobs)),
        items=tuple((item["index"], item["status"]) for item in body.get("items", ())),
    )
