"""What somebody looks for among the outcomes of a job: a value, kept with a job too.

What it finds is for `state.filters` to say. Made by `web.filters` of a request.
"""

from __future__ import annotations

from msgspec import Struct

# The HTTP status of an item to which no site answered.
NO_ANSWER = 0
# The host of an item that has no address.
NO_HOST = "-"


class OutcomeFilter(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an outcome must have, all of it.

    `http_status` are ranges of it, ends included: one is enough. `text` stands in an address, the
    error or a value, in whatever case. `extracted` are names and the values they must have, where
    a list has all its values; with an empty value, any will do. It ended at `ended_from` or later,
    and before `ended_to` (seconds since the epoch; None: whenever). `host` is the one that was
    asked, with its port where the address names one (NO_HOST: there is no address); `cause` why it
    failed (`state.causes`). It took at least `attempts_from` attempts, the last of them
    `duration_from_ms` or longer, and less than `duration_to_ms`.
    """

    http_status: tuple[tuple[int, int], ...] = ()
    text: str = ""
    extracted: tuple[tuple[str, str], ...] = ()
    ended_from: float | None = None
    ended_to: float | None = None
    host: str = ""
    cause: str = ""
    attempts_from: int = 0
    duration_from_ms: float | None = None
    duration_to_ms: float | None = None


class Order(Struct, frozen=True):
    """By what outcomes are sorted: one of ORDERS. Those that are alike come by their index."""

    by: str
    descending: bool = False


ORDERS = ("index", "status", "time", "duration", "attempts", "size", "result")
