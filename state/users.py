"""What a user may be called. Used by `nightdesk token`, which signs it, and by `web.tokens`."""

from __future__ import annotations

MAX_USER_CHARS = 200


def is_user(name: str) -> bool:
    """Printable only: no control, no bidi mark, no lone surrogate, so that two names that differ
    can be told apart and none of them acts where it is shown."""
    return 1 <= len(name) <= MAX_USER_CHARS and name.isprintable()
