"""What the memory store keeps of the journeys of desks."""

from __future__ import annotations

from collections.abc import Iterable

from state.errors import JourneysMissing
from state.journeys import digest_of
from state.model import JourneyBook
from state.sizes import DeskSizes
from state.views import DeskKey


class MemoryJourneys:
    """Bytes by desk and digest. Written by the store that owns it."""

    def __init__(self, sizes: DeskSizes) -> None:
        self._sizes = sizes
        self._kept: dict[DeskKey, dict[str, bytes]] = {}
        # What the newest generation of a desk names, and the one before.
        self._named: dict[DeskKey, tuple[set[str], set[str]]] = {}

    def read(self, desk: DeskKey, digest: str) -> bytes:
        """Raises JourneysMissing."""
        try:
            return self._kept[desk][digest]
        except KeyError:
            raise JourneysMissing("the journeys of this desk are gone") from None

    def save(self, desk: DeskKey, data: bytes, *, learned: bool) -> None:
        """Raises QuotaReached, unless they are what was `learned`."""
        self._sizes.claim_journeys(desk, len(data), sure=learned)
        self._kept.setdefault(desk, {})[digest_of(data)] = data
        self._count(desk)

    def saved(self, desk: DeskKey, book: JourneyBook | None) -> None:
        """There is a new generation of that desk."""
        digests = set() if book is None else {book.digest}
        self._named[desk] = (digests, self._named.get(desk, (set(), set()))[0])

    def sweep(self, desk: DeskKey, book: JourneyBook | None) -> None:
        """Keep what the newest generation names, which is given, and the one before."""
        digests = set() if book is None else {book.digest}
        self.keep(desk, digests.union(*self._named.get(desk, ())))

    def keep(self, desk: DeskKey, digests: Iterable[str]) -> None:
        """Forget all others."""
        named = set(digests)
        kept = self._kept.get(desk, {})
        self._kept[desk] = {digest: data for digest, data in kept.items() if digest in named}
        self._count(desk)

    def _count(self, desk: DeskKey) -> None:
        self._sizes.set_journeys(desk, sum(map(len, self._kept[desk].values())))
