"""Who may use a route or a message of the socket: declared with it, enforced in one place.

`web.routes.Route` states it, `web.guard` checks it before the handler runs, `web.openapi` describes
it, and a test compares what every route of the application answers to everybody with it.
"""

from __future__ import annotations

from enum import Enum


class Access(Enum):
    """The value is what the API's description calls it."""

    # Anybody. Tells nothing of any desk but to who has its link, and names none in its path.
    PUBLIC = "public"
    # Anybody: makes a desk and is told its link.
    CREATE_DESK = "create_desk"
    # The desk's owner, by whatever `web.auth` takes for a proof of that.
    DESK = "desk"
    # Whoever has the link in the path, and no header beside it: the addresses that browsers open.
    LINK = "link"
    # The desk's owner, as pages of other systems prove it: by headers alone, or by the link in the
    # path where there is no `X-Session-ID`. Every failure is a 401.
    SESSION = "session"
    # Whoever has the share link in the path, and no header beside it.
    SHARE = "share"
    # The bearer of an admin token.
    OPERATOR = "operator"

    def fits(self, *, names_a_desk: bool) -> bool:
        """Whether a rule may, or must, have `<desk>`, which then stands for a desk that is
        opened."""
        return self is Access.SESSION or names_a_desk is (
            self in (Access.DESK, Access.LINK, Access.SHARE)
        )


class Shared(Enum):
    """Whether a desk's route answers to a share link in the place of the desk, too. Those are for
    looking: only what changes nothing may say yes, and nobody says so by leaving it out."""

    NO = "no"
    VIEW = "view"
    # Only where the link is with files.
    FILES = "files"
