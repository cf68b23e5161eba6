"""The pool of proxies that a desk keeps. Pure; used by `actors.rules.jobs`."""

from __future__ import annotations

from msgspec.structs import replace

from actors.errors import LimitReached
from actors.settings import SetProxies
from state.model import DeskState


def kept(state: DeskState, command: SetProxies, most: int) -> DeskState:
    """The desk with those proxies, each once, in their order. Where more are added than there is
    room for, those that came first make room. Raises LimitReached."""
    new = tuple(dict.fromkeys(command.proxies))
    if len(new) > most:
        raise LimitReached(f"a desk keeps at most {most:,} proxies", limit=most)
    if not command.add:
        return replace(state, proxies=new)
    both = tuple(dict.fromkeys((*state.proxies, *new)))
    return replace(state, proxies=both[max(0, len(both) - most) :])
