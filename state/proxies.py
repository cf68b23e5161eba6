"""The proxies of a desk's pool, as its state names them (`state.model.DeskState`)."""

from __future__ import annotations

from msgspec import Struct


class PoolProxy(Struct, frozen=True, forbid_unknown_fields=True):
    """A proxy that the desk's jobs may draw on. `address` is without user name and password; where
    it has them, `secret` names the whole of it in the desk's secrets file."""

    address: str
    secret: str = ""

    @property
    def key(self) -> str:
        """What it is called by where its address may not be unique."""
        return self.secret or self.address
