"""What the memory store keeps of desks beside their jobs: journeys, and the library."""

from __future__ import annotations

from collections.abc import Iterable

from state.digests import digest_of
from state.kept_files import Kind
from state.model import DeskState
from state.sizes import DeskSizes
from state.views import DeskKey


class MemoryKept:
    """Bytes by desk and digest. Written by the store that owns it."""

    def __init__(self, sizes: DeskSizes, kind: Kind) -> None:
        self._sizes = sizes
        self._kind = kind
        self._kept: dict[DeskKey, dict[str, bytes]] = {}
        # What the newest generation of a desk names, and the one before.
        self._named: dict[DeskKey, tuple[frozenset[str], frozenset[str]]] = {}

    def read(self, desk: DeskKey, digest: str) -> bytes:
        """Raises KeptMissing."""
        try:
            return self._kept[desk][digest]
        except KeyError:
            raise self._kind.missing(f"{self._kind.said} gone") from None

    def save(self, desk: DeskKey, data: bytes, *, sure: bool = False) -> None:
        """Raises QuotaReached, unless it is `sure`."""
        self._sizes.claim_kept(desk, self._kind.folder, len(data), sure=sure)
        self._kept.setdefault(desk, {})[digest_of(data)] = data
        self._count(desk)

    def saved(self, desk: DeskKey, state: DeskState) -> None:
        """There is a new generation of that desk."""
        before = self._named.get(desk, (frozenset(), frozenset()))[0]
        self._named[desk] = (self._kind.named(state), before)

    def sweep(self, desk: DeskKey, state: DeskState) -> None:
        """Keep what the newest generation names, which is given, and the one before."""
        self.keep(desk, self._kind.named(state).union(*self._named.get(desk, ())))

    def keep(self, desk: DeskKey, digests: Iterable[str]) -> None:
        """Forget all others."""
        named = set(digests)
        kept = self._kept.get(desk, {})
        self._kept[desk] = {digest: data for digest, data in kept.items() if digest in named}
        self._count(desk)

    def _count(self, desk: DeskKey) -> None:
        size_bytes = sum(map(len, self._kept[desk].values()))
        self._sizes.set(desk, self._kind.folder, size_bytes)
