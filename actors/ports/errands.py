"""The `Errands` port: one small request that the front end has done for it, outside of any job.

The desk process opens no outgoing connection; a worker for the network does, under the rules of the
egress and the lists of the desk on whose behalf it is. Implemented by `workers.errands`. See
docs/decisions/0016-errands.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from state.model import NO_LISTS, EgressLists
from state.views import DeskKey


class Errand(Struct, frozen=True, kw_only=True):
    """One request over HTTP. More than `max_bytes` of an answer's body are an error; `timeout_s` is
    for the request itself, waiting for a worker comes before it."""

    desk: DeskKey
    url: str
    method: str = "GET"
    headers: Mapping[str, str] = {}
    body: str | None = None
    egress: EgressLists = NO_LISTS
    timeout_s: float = 15.0
    max_bytes: int = 1024 * 1024
    follow_redirects: bool = True


class ErrandReply(Struct, frozen=True):
    """What came of it: `error` in words for the user, None where the answer's status was below 400.
    `http_status` is None where there was no answer."""

    error: str | None
    http_status: int | None = None
    body: bytes = b""


class Telling(Struct, frozen=True, kw_only=True):
    """A message to a target of the operator's, for the end of a job of that desk. `target` is its
    whole address as Apprise writes it, secrets and all."""

    desk: DeskKey
    target: str
    title: str
    body: str
    worrying: bool
    timeout_s: float = 15.0


class ErrandsBusy(Exception):
    """The desk has as many errands under way as it may."""


class Errands(Protocol):
    """Runs errands, each in its desk's turn."""

    async def send(self, errand: Errand) -> ErrandReply:
        """Raises ErrandsBusy, and InvalidSpec for what no job could ask for."""

    async def greet(
        self, desk: DeskKey, proxy: str, egress: EgressLists, timeout_s: float
    ) -> str | None:
        """Why that proxy (its whole address) is of no use; None where it is there. Raises
        ErrandsBusy."""

    async def notify(self, telling: Telling) -> str | None:
        """Why a target of the operator's did not take it; None where it did. The desk's own lists
        do not hold for it: the target is not its user's. Raises ErrandsBusy."""


class NoErrands:
    """The Errands of a front end without workers."""

    async def send(self, errand: Errand) -> ErrandReply:
        return ErrandReply("this server has no workers for the network")

    async def greet(
        self, desk: DeskKey, proxy: str, egress: EgressLists, timeout_s: float
    ) -> str | None:
        return "this server has no workers for the network"

    async def notify(self, telling: Telling) -> str | None:
        return "this server has no workers for the network"
