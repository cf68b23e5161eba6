"""What is said to whoever tells an operator's target, and the steps between the worker and its
helper. Light, for the server and its workers.

The helper has no way out of its jail, and the worker does not know the services: so the service is
asked anew in each step, with the replies that came so far, until it wants no further request.
"""

from __future__ import annotations

from msgspec import Struct

# Signing in, perhaps a second time, and the message itself. More is a service that goes in circles.
MAX_REQUESTS = 6
# Of a reply: tokens and errors are short.
MAX_REPLY_BYTES = 64 * 1024


class TargetItem(Struct, frozen=True):
    """An item: the target's whole address (Apprise's way of writing it, secrets and all), what it
    is told, the time for all its requests, and whether it is something to worry about."""

    target: str
    title: str
    body: str
    timeout_s: float
    worrying: bool = False


class Replied(Struct, frozen=True):
    """A reply from the service."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class Step(Struct, frozen=True):
    """To the helper: what is to be told, and the replies to its requests so far, in order."""

    telling: TargetItem
    replies: tuple[Replied, ...] = ()


class Wanted(Struct, frozen=True, tag="wanted"):
    """From the helper: a request that is to be sent."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class Settled(Struct, frozen=True, tag="settled"):
    """From the helper: whether the service says that it took it; or why it was not asked."""

    taken: bool
    fault: str | None = None


Progress = Wanted | Settled
