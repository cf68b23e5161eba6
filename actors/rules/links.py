"""Which link opens a guest's desk. Pure; used by `actors.rules.jobs` and `actors.linked`."""

from __future__ import annotations

from msgspec.structs import replace

from actors.errors import NoLink, NotFound
from actors.messages import Published
from actors.settings import RotateLink
from state.model import DeskState
from state.views import DeskKey, Link


def rotated(state: DeskState, command: RotateLink) -> DeskState:
    """Of two that replace the same link the second has lost it: to it the desk is not there."""
    if not state.guest:
        raise NoLink("this desk has no address to replace: it is opened by its user's token")
    if command.replaces != state.link:
        raise NotFound("the desk has got another link meanwhile")
    return replace(state, link=command.link)


def opens(link: Link, desk: DeskKey, published: Published) -> bool:
    """Whether that is the desk's link, as of what it shows: until it is replaced, its first one."""
    return link == (published.link or desk)
