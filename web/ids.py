"""Names of desks as they stand in addresses: only one spelling of a UUID is one.

Used by `web.auth` and the page's routes. An id is a capability: it is never logged.
"""

from __future__ import annotations

import re
import uuid

# Version 4, lower case, hyphens in place: what `mint` makes, and nothing else that a UUID
# parser would take for the same value.
_CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def is_canonical(text: str) -> bool:
    return _CANONICAL.fullmatch(text) is not None


def mint() -> str:
    """A new id: 122 random bits."""
    return str(uuid.uuid4())
