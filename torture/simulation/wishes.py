"""What the clients asked for and what they were told: the other half of every promise.

A wish is one thing that a user wants, however often it is asked with the same idempotency key. It
has at most one effect, and exactly one once it was acknowledged.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Literal

from actors.messages import Reply
from state.views import DeskKey

Verb = Literal["create", "repeat", "start", "pause", "resume", "cancel", "retry", "delete"]
# Those that begin a new run of their job.
BEGINNERS: tuple[Verb, ...] = ("repeat", "start", "retry")


class Wish:
    """Written by the client whose wish it is."""

    def __init__(self, desk: DeskKey, verb: Verb, job_id: str, key: str | None) -> None:
        self.desk = desk
        self.verb = verb
        self.key = key
        # What makes a job proposes another id each time it is asked again, as the front end does.
        self.job_ids = [job_id]
        # A create that also starts.
        self.starts = verb in BEGINNERS
        self.answer: Reply | None = None
        # Asked, and not known to have been refused.
        self.open = True

    @property
    def job_id(self) -> str:
        """The job it is about: the one acknowledged, else the one proposed last."""
        if self.answer is not None and self.answer.job is not None:
            return self.answer.job.job.id
        return self.job_ids[-1]

    def __str__(self) -> str:
        return f"{self.verb} {self.job_ids[-1]}"


class Wishes:
    """All of them, by what they are about."""

    def __init__(self) -> None:
        # Written by the clients.
        self._all: defaultdict[tuple[DeskKey, str], list[Wish]] = defaultdict(list)

    def add(self, wish: Wish) -> None:
        """Note a wish, or the further id that its repetition proposes, before it is asked."""
        known = self._all[wish.desk, wish.job_ids[-1]]
        if wish not in known:
            known.append(wish)

    def about(self, desk: DeskKey, job_id: str, *verbs: Verb) -> list[Wish]:
        """Those that may have had, or may still have, an effect on the job."""
        return [
            wish
            for wish in self._all.get((desk, job_id), ())
            if wish.verb in verbs and (wish.open or wish.answer is not None)
        ]

    def runs(self, desk: DeskKey, job_id: str) -> tuple[int, int]:
        """How many runs of the job there must be at least, and may be at most."""
        begun = [w for w in self.about(desk, job_id, "create", *BEGINNERS) if w.starts]
        sure = sum(w.answer is not None and w.job_id == job_id for w in begun)
        return sure, len(begun)
