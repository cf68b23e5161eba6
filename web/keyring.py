"""The secrets that sign tokens and cookies, as the data folder has them at this moment.

`web.auth` asks for them whenever something signed is presented: two `stat`, so that a rotation
counts from the next request on, without a restart. `nightdesk.serve` lets `watch` look for the
sockets that are open, whose clients present nothing.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import Any, Protocol

import trio
from msgspec import Struct

from actors.signal import Signal
from state.errors import SecretUnusable
from state.rotation import Secrets

WATCH_EVERY_S = 1.0


class SecretSource(Protocol):
    """Where the secrets are kept: `state.rotation.SecretFolder`."""

    def stamp(self) -> object:
        """Another value whenever there may be something else to read."""

    def read(self) -> Secrets:
        """Raises SecretUnusable, or OSError."""


class Key(Struct, frozen=True):
    """A secret that is accepted until a time. `id` stands for it where the secret must not be."""

    secret: bytes
    id: str
    until: float = math.inf


class Keyring:
    """All keys that are accepted. Never fails once it was read: what cannot be read is told in the
    log, once, and what was read before goes on."""

    def __init__(self, source: SecretSource, now: Callable[[], float], log: Any) -> None:
        self._source = source
        self._now = now
        self._log = log
        self._stamp = source.stamp()  # written by `_look`
        # Newest first, the first signs; written by `_look`.
        self._keys: tuple[Key, ...] = ()
        self._keys = self._read()
        # Fired by `_look` when the keys are others than before.
        self.changed = Signal()

    def accepted(self) -> tuple[Key, ...]:
        """What is accepted now, by the clock and the disk; the first signs."""
        self._look()
        now = self._now()
        return tuple(key for key in self._keys if key.until > now)

    def ends_at(self, key_id: str) -> float:
        """When that key ends, as far as is known: `changed` tells of news. In the past: it has."""
        return next((key.until for key in self._keys if key.id == key_id), -math.inf)

    async def watch(self) -> None:
        """Look every second, for those who wait."""
        while True:
            await trio.sleep(WATCH_EVERY_S)
            self._look()

    def _look(self) -> None:
        stamp = self._source.stamp()
        if stamp == self._stamp:
            return
        # First: what is written while it is read has another stamp.
        self._stamp = stamp
        try:
            keys = self._read()
        except (SecretUnusable, OSError) as error:
            self._log.error("the secret cannot be read: the one before is used", reason=str(error))
            return
        if keys != self._keys:
            self._keys = keys
            self._log.info("the secret was rotated", former=len(keys) - 1)
            self.changed.fire()

    def _read(self) -> tuple[Key, ...]:
        found = self._source.read()
        keys = _keys_of(found)
        if found.trouble is None:
            return keys
        self._log.error("the former secrets cannot be read", reason=found.trouble)
        return keys + tuple(key for key in self._keys if math.isfinite(key.until))


def _keys_of(secrets: Secrets) -> tuple[Key, ...]:
    former = (_key(entry.secret, entry.until) for entry in secrets.former)
    return (_key(secrets.current, math.inf), *former)


def _key(secret: bytes, until: float) -> Key:
    return Key(secret, hashlib.sha256(b"nightdesk key id\n" + secret).hexdigest()[:16], until)
