"""Nightdesk: hand over a batch, close the tab, come back to the truth.

The composition root: configuration, the server's root nursery, the command line, the client.
`from nightdesk import Client` works; it is looked up when asked for, because worker processes and
the command line import this package and should not pay for an HTTP client.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nightdesk.client import AsyncClient as AsyncClient
    from nightdesk.client import Client as Client
    from nightdesk.client import NightdeskError as NightdeskError

_FROM_CLIENT = ("AsyncClient", "Client", "NightdeskError")

__all__ = ["AsyncClient", "Client", "NightdeskError"]


def __getattr__(name: str) -> Any:
    if name in _FROM_CLIENT:
        return getattr(import_module("nightdesk.client"), name)
    raise AttributeError(f"module 'nightdesk' has no attribute {name!r}")
