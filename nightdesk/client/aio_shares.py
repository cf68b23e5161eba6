"""The links by which others may look at a desk, as methods of `AsyncClient`: a part of it."""

from __future__ import annotations

from nightdesk.client.aio_settings import AsyncSettings
from nightdesk.client.shares import USUAL_TTL_S, NewShare, Share, ShareAddress


class AsyncShares(AsyncSettings):
    """Asks by `_ask`, which the client has."""

    _address: ShareAddress

    def desk_url(self) -> str | None:
        """Where a browser shows the desk; None where only a token opens it."""
        return self._address.desk_url

    async def shares(self) -> tuple[Share, ...]:
        """Who else may look, oldest first."""
        return (await self._ask(self._address.shares())).shares

    async def share(
        self,
        job_id: str | None = None,
        *,
        name: str = "",
        files: bool = False,
        ttl_s: int = USUAL_TTL_S,
    ) -> NewShare:
        """Let whoever is given the link look at the job, or at the whole desk, for so long (an hour
        to 90 days), and change nothing. Its address is told this once. Raises LimitReached."""
        return await self._ask(
            self._address.make_share(job=job_id, name=name, files=files, ttl_s=ttl_s)
        )

    async def unshare(self, share_id: str) -> None:
        """Let the link open nothing any more, at once. Raises NotFound."""
        await self._ask(self._address.end_share(share_id))
