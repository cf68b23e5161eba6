"""What is said to a desk of itself: what its jobs may reach and through which proxies, which link
opens it, which journeys it keeps. Commands of `actors.messages`.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import UNSET, Struct, UnsetType

from state.journeys import Journey
from state.model import EgressLists
from state.proxies import PoolProxy


class AcknowledgeRestore(Struct, frozen=True):
    """The user has seen that an older generation was restored."""


class SetEgress(Struct, frozen=True):
    """Let the desk's jobs reach what these lists leave of what the server permits. They are in the
    spelling of `executors.domains`."""

    egress: EgressLists


class SetProxies(Struct, frozen=True, kw_only=True):
    """Keep these proxies instead of the present ones, or with `add` beside as many of them as
    there is room for, each once.

    `secrets` are whole addresses, user names and passwords included, by the names that the proxies
    have for them, as far as they are new to the desk.
    """

    proxies: tuple[PoolProxy, ...]
    secrets: Mapping[str, str] = {}
    add: bool = False


class RotateLink(Struct, frozen=True):
    """Let another link open this guest's desk, and the one that does so now open nothing.

    Both as hex SHA-256 of their UUIDs; `replaces` is None for the first, which made the desk.
    """

    link: str
    replaces: str | None


class SetJourneys(Struct, frozen=True):
    """Keep these journeys instead of the present ones, where those are still the ones of the digest
    `replaces` (None: there were none; UNSET: whatever they are). `secrets` are values that their
    steps name, as far as they are new to the desk."""

    journeys: tuple[Journey, ...]
    replaces: str | UnsetType | None = UNSET
    secrets: Mapping[str, str] = {}
