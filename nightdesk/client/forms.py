"""What kinds of jobs there are, what a job would be before it is made, and what one was asked for,
for the client: their values, and the requests for them, which both clients share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from nightdesk.client.calls import READING_S, Call, FormPart
from nightdesk.client.logs import LogAddress
from nightdesk.client.models import SpendCap


class Kind(Struct, frozen=True, kw_only=True):
    """A kind of job that the server does. `spec` and `item` are JSON Schema of what its jobs and
    their items may say; None where the kind does not tell. `lacks` says what keeps its jobs from
    being done (`partly`: some of them); `package` brings it, if not the server itself."""

    kind: str
    package: str = ""
    title: str = ""
    help: str = ""
    spec: dict[str, Any] | None = None
    item: dict[str, Any] | None = None
    files: tuple[str, ...] = ()
    price_tokens: int = 0
    lacks: str | None = None
    partly: bool = False
    again: bool = False


class KindsAnswer(Struct, frozen=True):
    kinds: tuple[Kind, ...]


class Expected(Struct, frozen=True):
    """How long a job may take, in seconds: by what so many `jobs` of the kind took on this desk
    (`measured`), or as the kind usually does."""

    seconds: float
    low_s: float
    high_s: float
    basis: Literal["measured", "usual"]
    jobs: int = 0
    items: int = 0


class Estimate(Struct, frozen=True, kw_only=True):
    """What a job would be. Its start would take `price_tokens`, of which `missing_tokens` are not
    there. `expected` is None where nobody can say; `grows_to` is how many items it may come to
    have (0: it never grows)."""

    kind: str
    name: str
    items: int
    grows_to: int
    concurrency: int
    price_tokens: int
    free_tokens: int
    missing_tokens: int
    expected: Expected | None
    first: tuple[dict[str, Any], ...] = ()
    cap: SpendCap | None = None


class Asked(Struct, frozen=True, kw_only=True):
    """What a job was asked for. `secrets` are named by their fields, and have to be given again;
    `items` is None where they are too many, or the spec says where they come from."""

    kind: str
    name: str
    lane: str
    priority: int
    spec: dict[str, Any]
    items: tuple[Any, ...] | None
    items_n: int
    by_name: bool
    secrets: tuple[str, ...] = ()


def _job(kind: str, spec: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"kind": kind, "spec": dict(spec or {})}


class FormsAddress(LogAddress):
    """The requests."""

    def kinds(self) -> Call[KindsAnswer]:
        return Call(method="GET", path="/api/kinds", answer=KindsAnswer, again=True)

    def estimate(
        self, items: Sequence[Any], kind: str, spec: Mapping[str, Any] | None
    ) -> Call[Estimate]:
        body = msgspec.json.encode({**_job(kind, spec), "items": list(items)})
        path = self._path("jobs", "outline")
        return Call(method="POST", path=path, answer=Estimate, body=body, again=True)

    def estimate_file(
        self,
        file_name: str,
        data: bytes,
        sheet: str | None,
        kind: str,
        spec: Mapping[str, Any] | None,
    ) -> Call[Estimate]:
        form: dict[str, FormPart] = {
            "job": (None, msgspec.json.encode(_job(kind, spec)), "application/json"),
            "items": (file_name, data, "application/octet-stream"),
        }
        if sheet is not None:
            form["sheet"] = (None, sheet.encode(), "text/plain")
        path = self._path("jobs", "outline")
        return Call(
            method="POST", path=path, answer=Estimate, form=form, wait_s=READING_S, again=True
        )

    def asked(self, job_id: str) -> Call[Asked]:
        path = self._path("jobs", job_id, "asked")
        return Call(method="GET", path=path, answer=Asked, again=True)
