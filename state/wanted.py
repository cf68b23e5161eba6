"""What somebody looks for among the outcomes of a job: a value, kept with a job too.

What it finds is for `state.filters` to say. Made by `web.filters` of a request.
"""

from __future__ import annotations

from msgspec import Struct

# The HTTP status of an item to which no site answered.
NO_ANSWER = 0


class OutcomeFilter(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an outcome must have, all of it.

    `http_status` are ranges of it, ends included: one is enough. `text` stands in an address, the
    error or a value, in whatever case. `extracted` are names and the values they must have, where
    a list has all its values; with an empty value, any will do. It ended at `ended_from` or later,
    and before `ended_to` (seconds since the epoch; None: whenever).
    """

    http_status: tuple[tuple[int, int], ...] = ()
    text: str = ""
    extracted: tuple[tuple[str, str], ...] = ()
    ended_from: float | None = None
    ended_to: float | None = None
