"""One input, and how it comes from a seed and a number. Used by every source and by `runner`."""

from __future__ import annotations

import random
from collections.abc import Callable
from enum import Enum
from typing import Any, cast

from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy
from msgspec import Struct

# What an input may be made from: an input that needs more is none, and the next try is made.
_SOURCE_BYTES = 64 * 1024
_TRIES = 5


class Sent(Enum):
    """What is sent, and so what has to come back."""

    # A whole request: one answer, and the connection stays or is said to end.
    REQUEST = "request"
    # Anything: answers as far as there are any, and an end when we have ended.
    STREAM = "stream"
    # A handshake; then, where it is accepted, the other pieces.
    SOCKET = "socket"


class Input(Struct, frozen=True):
    """`pieces` are sent one after the other, each in a packet of its own as far as that can be had.
    `check` gets the answer to a REQUEST, and gives what is wrong with it."""

    source: str
    sent: Sent
    pieces: tuple[bytes, ...]
    method: str = "GET"
    check: Callable[[int, list[tuple[str, str]], bytes], str | None] | None = None


class Maker:
    """Makes inputs of one strategy. A number gives the same input whenever it is asked."""

    def __init__(self, strategy: SearchStrategy[Any]) -> None:
        # Written by the function that Hypothesis calls.
        self._made: list[Any] = []

        @given(strategy)
        @settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
        def make(value: Any) -> None:
            self._made.append(value)

        self._make: Callable[[bytes], bytes | None] = cast(Any, make).hypothesis.fuzz_one_input

    def make(self, label: str) -> Any:
        """The value of this label. Raises LookupError where the strategy gives none."""
        for attempt in range(_TRIES):
            self._made.clear()
            self._make(random.Random(f"{label}:{attempt}").randbytes(_SOURCE_BYTES))
            if self._made:
                return self._made.pop()
        raise LookupError(f"no input {label} within {_TRIES} tries")
