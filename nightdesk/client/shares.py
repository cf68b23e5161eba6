"""The links by which others may look at a desk, for the client: their values, and the requests for
them, which both clients share.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

import msgspec
from msgspec import Struct

from nightdesk.client.calls import Call
from nightdesk.client.settings import DeskAddress

USUAL_TTL_S = 7 * 86_400


class Share(Struct, frozen=True, kw_only=True):
    """A share link: of the job of that id, or of the whole desk (None); `used_on` is the day on
    which it was last used (None: it never was)."""

    id: str
    name: str
    job: str | None
    files: bool
    made_at: datetime
    expires_at: datetime
    used_on: str | None = None


class NewShare(Struct, frozen=True):
    """A link that was just made, and the only time that its address is told."""

    share: Share
    url: str
    token: str


class SharesAnswer(Struct, frozen=True):
    """All that open something."""

    shares: tuple[Share, ...]


class Ended(Struct, frozen=True):
    """The answer to the end of one."""

    ended: str


class ShareAddress(DeskAddress):
    """An Address that knows the requests for share links."""

    @property
    def desk_url(self) -> str | None:
        """Where a browser shows the desk; None where only a token opens it."""
        return None if self.desk == "me" else f"{self.url}/s/{quote(self.desk, safe='')}"

    def shares(self) -> Call[SharesAnswer]:
        return Call(method="GET", path=self._path("shares"), answer=SharesAnswer, again=True)

    def make_share(self, *, job: str | None, name: str, files: bool, ttl_s: int) -> Call[NewShare]:
        """Not repeated by itself: whose answer is lost has made a link that nobody knows, which
        `shares` shows as never used."""
        wanted = {"job": job, "name": name, "files": files, "ttl_s": ttl_s}
        return Call(
            method="POST",
            path=self._path("shares"),
            answer=NewShare,
            body=msgspec.json.encode(wanted),
        )

    def end_share(self, share_id: str) -> Call[Ended]:
        return Call(method="DELETE", path=self._path("shares", share_id), answer=Ended)
