"""What is said to a desk of the links by which others may look at it. Commands of
`actors.messages`.
"""

from __future__ import annotations

from msgspec import Struct

from state.shares import Share


class MakeShare(Struct, frozen=True):
    """Let whoever has this link look, beside those that may already. `job_id` is what it shows,
    None where that is the whole desk."""

    share: Share

    @property
    def job_id(self) -> str | None:
        return self.share.job


class EndShare(Struct, frozen=True):
    """Let the link of that id open nothing any more."""

    share_id: str


class UseShare(Struct, frozen=True):
    """The link of that id was used on the day that begins at `day`."""

    share_id: str
    day: float


ShareCommand = MakeShare | EndShare | UseShare
