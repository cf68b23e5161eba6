"""What is said to whoever greets a proxy. Light, for the server and its workers."""

from __future__ import annotations

from msgspec import Struct


class Greeting(Struct, frozen=True):
    """An item: the proxy's whole address, and how long it may take."""

    proxy: str
    timeout_s: float
