"""Names of desks as they stand in addresses: only one spelling of a UUID is one. And the tokens of
share links, which stand in their place.

Used by `web.auth` and the page's routes. An id is a capability: it is never logged.
"""

from __future__ import annotations

import re
import secrets
import uuid

# Version 4, lower case, hyphens in place: what `mint` makes, and nothing else that a UUID
# parser would take for the same value.
_CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def is_canonical(text: str) -> bool:
    return _CANONICAL.fullmatch(text) is not None


def mint() -> str:
    """A new id: 122 random bits."""
    return str(uuid.uuid4())


# Nothing else begins so: logs are rid of them (`state.text`).
_SHARE = re.compile(r"ndv_[A-Za-z0-9_-]{32}")
_SHARE_BYTES = 24


def is_share(text: str) -> bool:
    return _SHARE.fullmatch(text) is not None


def mint_share() -> str:
    """A new token: 192 random bits."""
    return f"ndv_{secrets.token_urlsafe(_SHARE_BYTES)}"
