"""What a desk's state names outside itself: files and secrets, which stay for as long as one of its
generations may name them. Used by the shelf.
"""

from __future__ import annotations

from msgspec import Struct

from state.model import DeskState

_NONE: frozenset[str] = frozenset()


class Named(Struct, frozen=True):
    """Digests of the files of journeys and of the library, names of secrets of proxies and of
    webhooks. What journeys name among their own secrets stands in their files."""

    journeys: frozenset[str] = _NONE
    library: frozenset[str] = _NONE
    proxies: frozenset[str] = _NONE
    webhooks: frozenset[str] = _NONE

    def __or__(self, other: Named) -> Named:
        return Named(
            self.journeys | other.journeys,
            self.library | other.library,
            self.proxies | other.proxies,
            self.webhooks | other.webhooks,
        )


NOTHING = Named()


def named_by(state: DeskState) -> Named:
    """What that generation names."""
    return Named(
        journeys=_NONE if state.journeys is None else frozenset({state.journeys.digest}),
        library=state.library_files,
        proxies=frozenset(proxy.secret for proxy in state.proxies if proxy.secret),
        webhooks=frozenset(webhook.secret for webhook in state.webhooks),
    )
