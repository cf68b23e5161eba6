"""Which paths are this dialect's. Pure.

Its pages ask without a prefix of its own: by the names of what they want, right below `/api`.
"""

from __future__ import annotations

import re

# Of the sockets the second is BatchGo's too: the first words tell whose client somebody is there.
SOCKETS = ("/api/ws",)
SHARED_SOCKETS = ("/ws",)

_OURS = re.compile(
    r"/api/(?:tasks|task|status|cancel|delete|crawl|tag|train|classify|models|generate"
    r"|generate-with-config|generated|configs|config|character|webui|filetree|files|images"
    r"|system|ws)(?:/.*)?",
    # A name may have anything in it, ends of lines too.
    re.DOTALL,
)


def is_ours(path: str) -> bool:
    """Whether whoever asks for that path speaks this dialect, be it served or not."""
    return _OURS.fullmatch(path) is not None
