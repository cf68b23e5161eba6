"""Who may use a route or a message of the socket: declared with it, enforced in one place.

`web.routes.Route` states it, `web.guard` checks it before the handler runs, `web.openapi` describes
it, and a test compares what every route of the application answers to everybody with it.
"""

from __future__ import annotations

from enum import Enum


class Access(Enum):
    """The value is what the API's description calls it."""

    # Anybody. Tells nothing of any desk, and names none.
    PUBLIC = "public"
    # Anybody: makes a desk and is told its link.
    CREATE_DESK = "create_desk"
    # The desk's owner, by whatever `web.auth` takes for a proof of that.
    DESK = "desk"
    # Whoever has the link in the path, and no header beside it: the addresses that browsers open.
    LINK = "link"
    # The bearer of an admin token.
    OPERATOR = "operator"

    @property
    def names_a_desk(self) -> bool:
        """Whether a route's rule has `<desk>`, which then stands for a desk that is opened."""
        return self in (Access.DESK, Access.LINK)
