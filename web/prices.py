"""What work costs in tokens. Built by `nightdesk.tariff`; read where jobs are made and shown."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct, field

# Of each URL, in the words of the dialect that sells them.
BY_FEATURE: Mapping[str, int] = MappingProxyType(
    {"basic": 1, "silent": 1, "autoclick": 2, "browser": 2}
)


class Prices(Struct, frozen=True):
    """Tokens an item: by the feature that a dialect sells, and by the kind of a native job, which
    costs nothing where the operator names no price."""

    by_feature: Mapping[str, int] = field(default_factory=lambda: BY_FEATURE)
    by_kind: Mapping[str, int] = {}

    def price_of(self, name: str, items: int) -> int:
        """What that many items of a feature, or else of a kind, cost."""
        each = self.by_feature.get(name, self.by_kind.get(name, 0))
        return each * items

    def price_of_kind(self, kind: str, items: int) -> int:
        """What a native job costs, whatever features are called."""
        return self.by_kind.get(kind, 0) * items
