"""What is said to a desk of its tokens and its plan: three of the commands of `actors.messages`."""

from __future__ import annotations

from msgspec import Struct


class GrantTokens(Struct, frozen=True):
    """Add to the desk's tokens, once for each `key`. From an operator only."""

    amount: int
    key: str
    note: str = ""


class HoldTokens(Struct, frozen=True):
    """Put tokens aside for a start of that feature, for `ttl_s` seconds, once for each `key`."""

    amount: int
    feature: str
    key: str
    ttl_s: float = 300.0


class SetPlan(Struct, frozen=True):
    """Let the limits of that plan (a name of the server's; empty: the default) hold for the desk.
    From an operator only."""

    plan: str


TokenCommand = GrantTokens | HoldTokens | SetPlan
