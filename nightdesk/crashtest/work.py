"""What the clients hand over, and what they may sensibly ask of a job. Used by `visitor`."""

from __future__ import annotations

import random
from itertools import count
from typing import TypeVar

import msgspec

from nightdesk.crashtest.caller import Request
from nightdesk.crashtest.history import Batch, History
from nightdesk.crashtest.target import Target

T = TypeVar("T")

# Sizes of jobs and the fates of their items, with how often each comes.
_SIZES = (((1, 5), 6), ((10, 40), 4), ((100, 200), 1))
_FATES = (("ok", 12), ("gone", 1), ("flaky", 2), ("broken", 1))
_DELAYS_MS = ((0, 10), (20, 10), (80, 4), (600, 1))
_WITH_RETRIES = 0.1
_STARTED = 0.7
_COMMANDS = {
    "pending": ("start", "start", "start", "cancel", "delete"),
    "queued": ("pause", "pause", "cancel", "delete"),
    "running": ("pause", "pause", "pause", "cancel", "cancel", "delete"),
    "paused": ("resume", "resume", "resume", "resume", "cancel", "delete"),
}
_TO_AN_ENDED = ("retry", "retry", "retry", "delete")
_ANY = ("start", "pause", "resume", "cancel", "retry")


class Work:
    """Makes jobs, each with a name that is nobody else's, and writes them into the history."""

    def __init__(self, target: Target, history: History) -> None:
        self._target = target
        self._history = history
        self._numbers = count()

    def create(self, desk: int, client: int, rng: random.Random, key: str) -> Request:
        name = f"job-{client}-{next(self._numbers)}"
        retries = 1 if rng.random() < _WITH_RETRIES else 0
        fates = tuple(f"{_of(_FATES, rng)}-{_of(_DELAYS_MS, rng)}" for _ in range(_size(rng)))
        batch = Batch(
            name=name,
            desk=desk,
            fates=fates,
            concurrency=rng.choice((1, 2, 4, 10)),
            retries=retries,
        )
        self._history.batches[name] = batch
        start = rng.random() < _STARTED
        return Request(
            desk=desk,
            action="create",
            method="POST",
            path="/jobs",
            job=name,
            key=key,
            start=start,
            body=self._body(batch, rng.choice(("fetch", "aside")), start=start),
        )

    def _body(self, batch: Batch, lane: str, *, start: bool) -> bytes:
        urls = [
            self._target.url(batch.desk, batch.name, n, fate) for n, fate in enumerate(batch.fates)
        ]
        spec = {"concurrency": batch.concurrency, "retries": batch.retries}
        body = {"kind": "fetch", "name": batch.name, "lane": lane, "start": start}
        return msgspec.json.encode({**body, "spec": spec, "items": urls})


def sensible(status: str, rng: random.Random, *, strange: bool) -> str:
    """A command that a job of that status takes; a `strange` one may well be refused."""
    return rng.choice(_ANY if strange else _COMMANDS.get(status, _TO_AN_ENDED))


def _size(rng: random.Random) -> int:
    low, high = _of(_SIZES, rng)
    return rng.randint(low, high)


def _of(choices: tuple[tuple[T, int], ...], rng: random.Random) -> T:
    [chosen] = rng.choices([value for value, _ in choices], [weight for _, weight in choices])
    return chosen
