"""How long a client listens to a server that is gone.

Used by what follows a log, in both clients.
"""

from __future__ import annotations

from nightdesk.client import transport


class Patience:
    """For how long a server may be gone while it is listened to."""

    def __init__(self, now: float) -> None:
        self._heard_at = now

    def heard(self, now: float) -> None:
        self._heard_at = now

    def is_over(self, now: float) -> bool:
        return now - self._heard_at > transport.PATIENCE_S
