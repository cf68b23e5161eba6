"""The links by which others may look at a desk, as methods of `Client`: a part of it."""

from __future__ import annotations

from nightdesk.client.blocking_settings import Settings
from nightdesk.client.shares import USUAL_TTL_S, NewShare, Share, ShareAddress


class Shares(Settings):
    """Asks by `_ask`, which the client has."""

    _address: ShareAddress

    def desk_url(self) -> str | None:
        """Where a browser shows the desk; None where only a token opens it."""
        return self._address.desk_url

    def shares(self) -> tuple[Share, ...]:
        """Who else may look, oldest first."""
        return self._ask(self._address.shares()).shares

    def share(
        self,
        job_id: str | None = None,
        *,
        name: str = "",
        files: bool = False,
        ttl_s: int = USUAL_TTL_S,
    ) -> NewShare:
        """Let whoever is given the link look at the job, or at the whole desk, for so long (an hour
        to 90 days), and change nothing. Its address is told this once. Raises LimitReached."""
        return self._ask(self._address.make_share(job=job_id, name=name, files=files, ttl_s=ttl_s))

    def unshare(self, share_id: str) -> None:
        """Let the link open nothing any more, at once. Raises NotFound."""
        self._ask(self._address.end_share(share_id))
