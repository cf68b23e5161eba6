"""The pool of proxies that a desk keeps. Pure; used by `actors.rules.jobs`."""

from __future__ import annotations

from msgspec.structs import replace

from actors.errors import LimitReached
from actors.messages import SetProxies
from state.model import DeskState


def kept(state: DeskState, command: SetProxies, most: int) -> DeskState:
    """The desk with those proxies, each once, in their order. Raises LimitReached."""
    before = state.proxies if command.add else ()
    proxies = tuple(dict.fromkeys((*before, *command.proxies)))
    if len(proxies) > most:
        raise LimitReached(f"a desk keeps at most {most:,} proxies", limit=most)
    return replace(state, proxies=proxies)
