"""Names of files that say what is in them. Used by all that keep files by their contents."""

from __future__ import annotations

import hashlib
import re

_DIGEST = re.compile(r"[0-9a-f]{64}")


def digest_of(data: bytes) -> str:
    """The name of the file that holds these bytes, without its suffix: their hex SHA-256."""
    return hashlib.sha256(data).hexdigest()


def is_digest(name: str) -> bool:
    """Whether that can name such a file."""
    return _DIGEST.fullmatch(name) is not None
