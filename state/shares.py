"""The links by which others may look at a desk: parts of its state. Used by `state.model` and by
the rules in `actors.rules.shares`.
"""

from __future__ import annotations

from msgspec import Struct

DAY_S = 86_400.0


class Share(Struct, frozen=True, forbid_unknown_fields=True):
    """Whoever has the token whose hex SHA-256 is `link` may look at the job, or at all jobs (None),
    with `files` at what they have made too, and change nothing, until `expires_at`.

    `id` is what its owner calls it by, and opens nothing. `used_at` is the day on which it was
    last used, the first moment of it; None: it never was.
    """

    id: str
    name: str
    link: str
    job: str | None
    files: bool
    made_at: float
    expires_at: float
    used_at: float | None = None


def day_of(now: float) -> float:
    """The first moment of that day (UTC)."""
    return now - now % DAY_S
