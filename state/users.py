"""What a user may be called, and the names of desks that are no guest's. Used by `nightdesk.cli`,
which signs tokens and asks as an operator, and by `web`."""

from __future__ import annotations

MAX_USER_CHARS = 200
LOCAL = "local"


def is_user(name: str) -> bool:
    """Printable only: no control, no bidi mark, no lone surrogate, so that two names that differ
    can be told apart and none of them acts where it is shown."""
    return 1 <= len(name) <= MAX_USER_CHARS and name.isprintable()


def is_own_desk(name: str) -> bool:
    """Whether a desk of that name has no address: a user's (`user:NAME`), or `local`."""
    kind, colon, user = name.partition(":")
    return name == LOCAL or (kind == "user" and bool(colon) and is_user(user))
