"""A desk on the wire: what is read by many is encoded once and shared by all its readers.

A `Feed` holds encoded bytes only. All it is asked for it makes from the `Published` it is given, so
that it may be dropped at any time. Used by the desk's REST routes and by `web.stream`.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from weakref import WeakKeyDictionary

import msgspec
from msgspec import Raw, Struct

from actors.messages import JobView, Published, Transition
from state.model import JobStatus
from web import schemas
from web.deps import Desk
from web.sending import Step, make_step
from web.views import wire_disk, wire_flags, wire_job, wire_receipt, wire_time, wire_tokens

_Parts = tuple[int, str, list[Raw], schemas.Flags, schemas.Receipt, schemas.Disk, schemas.Tokens]
_encoder = msgspec.json.Encoder()

# A thousand jobs are half a megabyte; by this they are a twentieth, in a millisecond.
_PACKED_LEVEL = 1

# Subscribers that keep up all ask for the same step; those behind, for a few others.
STEPS_KEPT = 8


class _Snapshot(Struct, frozen=True):
    revision: int
    created_at: str
    jobs: list[Raw]
    flags: schemas.Flags
    saved: schemas.Receipt
    disk: schemas.Disk
    tokens: schemas.Tokens


class _SnapshotFrame(_Snapshot, frozen=True, tag_field="type", tag="snapshot"):
    pass


class _StatusFrame(Struct, frozen=True, tag_field="type", tag="status"):
    revision: int
    job_id: str
    old: JobStatus | None
    new: JobStatus | None
    at: str
    reason: str | None


class _DeltaFrame(Struct, frozen=True, tag_field="type", tag="delta"):
    revision: int
    jobs: list[Raw]
    flags: schemas.Flags
    saved: schemas.Receipt
    disk: schemas.Disk
    tokens: schemas.Tokens


def encode_job(view: JobView) -> Raw:
    """The wire's JOB."""
    return Raw(_encoder.encode(wire_job(view)))


class Feed:
    """Encoded forms of one desk. Every method is synchronous; callers share the loop."""

    def __init__(self) -> None:
        # All four are written by whichever reader asks first.
        self._jobs: dict[str, tuple[tuple[int, int | None], Raw]] = {}
        self._snapshot: tuple[Published, bytes] | None = None
        self._packed: tuple[Published, bytes] | None = None
        self._steps: dict[tuple[int | None, int], Step] = {}

    def job(self, view: JobView) -> Raw:
        """The wire's JOB, encoded once for each revision and place of it."""
        key = view.job.revision, view.place
        known = self._jobs.get(view.job.id)
        if known is not None and known[0] == key:
            return known[1]
        raw = encode_job(view)
        self._jobs[view.job.id] = (key, raw)
        return raw

    def snapshot(self, published: Published) -> bytes:
        """The body of `GET /api/desks/{desk}`."""
        if self._snapshot is None or self._snapshot[0] is not published:
            self._forget_deleted(published)
            body = _encoder.encode(_Snapshot(*self._parts(published)))
            self._snapshot = (published, body)
        return self._snapshot[1]

    def packed(self, published: Published) -> bytes:
        """The same by gzip."""
        if self._packed is None or self._packed[0] is not published:
            data = gzip.compress(self.snapshot(published), _PACKED_LEVEL, mtime=0)
            self._packed = (published, data)
        return self._packed[1]

    def step(self, published: Published, after: int | None) -> Step:
        """What brings a subscriber from revision `after` (None: from nothing) to `published`.

        Status frames first, then one delta; a snapshot in the delta's place where it would not
        tell everything (the transitions since `after` are no longer all known).
        """
        revisions = (after, published.revision)
        step = self._steps.get(revisions)
        if step is None:
            step = make_step(tuple(self._frames(published, after)))
            if len(self._steps) >= STEPS_KEPT:
                del self._steps[next(iter(self._steps))]
            self._steps[revisions] = step
        return step

    def _frames(self, published: Published, after: int | None) -> Iterable[str]:
        if after is None or after > published.revision:
            yield self._snapshot_frame(published)
            return
        for transition in published.transitions:
            if transition.revision > after:
                yield _encoder.encode(_status(transition)).decode()
        if after < published.complete_since:
            yield self._snapshot_frame(published)
            return
        changed = [view for view in published.jobs.values() if view.job.revision > after]
        delta = _DeltaFrame(
            published.revision,
            [self.job(view) for view in changed],
            wire_flags(published.flags),
            wire_receipt(published.saved),
            wire_disk(published.disk),
            wire_tokens(published),
        )
        yield _encoder.encode(delta).decode()

    def _snapshot_frame(self, published: Published) -> str:
        self._forget_deleted(published)
        return _encoder.encode(_SnapshotFrame(*self._parts(published))).decode()

    def _parts(self, published: Published) -> _Parts:
        return (
            published.revision,
            wire_time(published.created_at),
            [self.job(view) for view in published.jobs.values()],
            wire_flags(published.flags),
            wire_receipt(published.saved),
            wire_disk(published.disk),
            wire_tokens(published),
        )

    def _forget_deleted(self, published: Published) -> None:
        for job_id in self._jobs.keys() - published.jobs.keys():
            del self._jobs[job_id]


def _status(transition: Transition) -> _StatusFrame:
    return _StatusFrame(
        transition.revision,
        transition.job_id,
        transition.old,
        transition.new,
        wire_time(transition.at),
        transition.reason,
    )


class Feeds:
    """One feed a live desk, for as long as somebody holds the desk."""

    def __init__(self) -> None:
        # Written by the handler that meets a desk first.
        self._feeds: WeakKeyDictionary[Desk, Feed] = WeakKeyDictionary()

    def of(self, desk: Desk) -> Feed:
        feed = self._feeds.get(desk)
        if feed is None:
            feed = self._feeds[desk] = Feed()
        return feed
