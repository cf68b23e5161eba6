"""What an item says of the money that its calls cost, and what it is answered.

An item asks by `ItemContext.reserve` and `ItemContext.settle`; its worker makes an `ItemAsks` of
that, which its job's runner takes in order with what the item has handed over, and answers by
`Attachment.answer`. An item asks one thing at a time.

Where nothing caps what is spent the answer to a reservation is known before it is asked. So an item
may be allowed to ask *ahead*: it makes its call at once, and hears the answer before it asks again.
"""

from __future__ import annotations

from msgspec import Struct

from state.spending import Spend


class SpendRefused(Exception):
    """A cap leaves no room for the call; the message names the cap, in words for the user."""


class PutOff(Exception):
    """The job is being paused, and begins no further call. The item has lost nothing: whoever lets
    this through gives it back, and it goes on when the job does."""


class NotKept(OSError):
    """What the item has handed over was not kept, and will not be: the item is to run again, or has
    failed by it. The message says why."""


class ItemAsks(Struct, frozen=True, kw_only=True, tag="asks"):
    """`so_far` is what the item has spent in all its runs, and what was set aside for it is over.
    With `most` it wants so much set aside for a call, and is answered when what it had handed over
    before that of its last call is durable; without, when all is. Its worker gives it the
    `number`. It does not wait where it asks `ahead`, and is then answered when all is durable."""

    index: int
    number: int
    so_far: Spend
    most: Spend | None = None
    ahead: bool = False


class ItemAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to the ask of that number: yes, unless there is a reason. `refused` says which cap
    leaves no room, `unkept` what was not kept. With `put_off` the item is to go back. With `ahead`
    its next reservation may be asked for so, until it is told the same again without."""

    index: int
    number: int
    refused: str | None = None
    unkept: str | None = None
    put_off: bool = False
    ahead: bool = False
