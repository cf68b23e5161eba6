"""The desk's file: one valid JSON object that checks itself. `state.desks` and the memory store
call `encode` and `decode`.

    {"format":1,"schema":1,"owner":"<hash>","revision":N,"length":L,"sha256":"<...>","desk":{...}}

`length` and `sha256` are of the bytes of `desk` as they stand in the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw, Struct

from state.digests import is_digest
from state.errors import DeskTooLarge, StateError
from state.ledgers import fault_in
from state.library import fault_in_library
from state.migrations import SCHEMA, Schema, migrate
from state.model import TOTAL_MAX, AtWork, DeskState, Job, JourneyBook
from state.spending import is_sound, is_sound_cap, is_sound_day
from state.views import DeskKey

FORMAT = 1
MAX_FILE_BYTES = 64 * 1024 * 1024
DEPTH_MAX = 200  # of a job's spec, far beyond every limit that is configured
TIME_MAX = 253_402_300_800.0  # the year 10000

_encoder = msgspec.json.Encoder()
_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Damaged(StateError):
    """These bytes are not a whole desk of this owner. Stays within `state`."""


class NewerSchema(StateError):
    """A later version of Nightdesk wrote this; it is whole, and not ours to touch."""


class Decoded(Struct, frozen=True):
    """`migrated_from` is the schema it was written in, where that is an older one."""

    state: DeskState
    migrated_from: int | None


class _Envelope(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: int
    schema: int
    owner: str
    revision: int
    length: int
    sha256: str
    desk: Raw


_envelope_decoder = msgspec.json.Decoder(_Envelope)
_state_decoder = msgspec.json.Decoder(DeskState)


def encode(owner: DeskKey, state: DeskState, schema: Schema = SCHEMA) -> bytes:
    """The file's bytes. Raises DeskTooLarge for a desk that could not be loaded again."""
    desk = _encoder.encode(state)
    data = _encoder.encode(
        _Envelope(
            format=FORMAT,
            schema=schema.current,
            owner=owner,
            revision=state.revision,
            length=len(desk),
            sha256=hashlib.sha256(desk).hexdigest(),
            desk=Raw(desk),
        )
    )
    if len(data) > MAX_FILE_BYTES:
        raise DeskTooLarge(f"the desk has {len(data)} bytes, the limit is {MAX_FILE_BYTES}")
    return data


def decode(owner: DeskKey, data: bytes, schema: Schema = SCHEMA) -> Decoded:
    """The desk in the file's bytes. Raises Damaged or NewerSchema."""
    envelope = _open_envelope(data)
    _check_envelope(envelope, owner, schema)
    state = _decode_state(envelope, schema)
    _check_state(state, envelope)
    older = envelope.schema if envelope.schema < schema.current else None
    return Decoded(state, older)


def _open_envelope(data: bytes) -> _Envelope:
    try:
        return _envelope_decoder.decode(data)
    except _UNDECODABLE as error:
        raise Damaged(f"it is not a desk's JSON: {error}") from error


def _check_envelope(envelope: _Envelope, owner: DeskKey, schema: Schema) -> None:
    if envelope.format != FORMAT:
        raise Damaged(f"its format is {envelope.format}, not {FORMAT}")
    desk = bytes(envelope.desk)
    if len(desk) != envelope.length:
        raise Damaged(f"it holds {len(desk)} bytes of desk, not {envelope.length}")
    if hashlib.sha256(desk).hexdigest() != envelope.sha256:
        raise Damaged("its checksum does not fit its contents")
    if envelope.owner != owner:
        raise Damaged("it belongs to another desk")
    if envelope.schema > schema.current:
        raise NewerSchema(f"its schema is {envelope.schema}, newer than {schema.current}")
    if envelope.schema < 1:
        raise Damaged(f"its schema is {envelope.schema}")


def _decode_state(envelope: _Envelope, schema: Schema) -> DeskState:
    try:
        if envelope.schema == schema.current:
            return _state_decoder.decode(envelope.desk)
        desk = migrate(msgspec.json.decode(envelope.desk), envelope.schema, schema)
        return msgspec.convert(desk, DeskState)
    except _UNDECODABLE as error:
        raise Damaged(f"its desk has the wrong shape: {error}") from error


def _check_state(state: DeskState, envelope: _Envelope) -> None:
    if state.revision != envelope.revision:
        raise Damaged(f"it says revision {envelope.revision} and holds {state.revision}")
    if (fault := fault_in(state.ledger, TIME_MAX)) is not None:
        raise Damaged(fault)
    for job_id, job in state.jobs.items():
        if job_id != job.id:
            raise Damaged(f"its job {job_id!r} calls itself {job.id!r}")
        _check_job(job)
    if not is_sound_day(state.day_spend):
        raise Damaged("what its jobs have spent in a day is no such thing")
    if state.journeys is not None:
        _check_journeys(state.journeys)
    if (fault := fault_in_library(state.library, TIME_MAX)) is not None:
        raise Damaged(fault)
    if any("@" in proxy.address for proxy in state.proxies):
        raise Damaged("an address of its proxies has what belongs to its secrets")
    _check_outbox(state)


def _check_outbox(state: DeskState) -> None:
    """No desk tells what nobody waits for, and a time that is none would never come."""
    webhooks = {webhook.id for webhook in state.webhooks}
    known = (
        notice.of_operator or notice.webhook in webhooks or (notice.of_job and notice.url)
        for notice in state.outbox
    )
    if not all(known):
        raise Damaged("its outbox has a notice for a webhook that is not there")
    times = [each.last_at for each in state.webhooks if each.last_at is not None]
    times += [at for notice in state.outbox for at in (notice.at, notice.next_at)]
    if not all(abs(at) < TIME_MAX for at in times):
        raise Damaged("its outbox has a time that is none")
    if not all(_is_shallow(notice.data) for notice in state.outbox):
        raise Damaged("its outbox has a notice that is too deep")


def _check_journeys(book: JourneyBook) -> None:
    if not is_digest(book.digest):
        raise Damaged(f"its journeys are in no file: {book.digest!r}")
    if min(book.count, book.size_bytes) < 0 or not abs(book.set_at) < TIME_MAX:
        raise Damaged("its journeys are as no journeys can be")


def _check_job(job: Job) -> None:
    """What no desk has ever saved: showing it, or counting by it, would fail for ever."""
    counts = job.counts
    if min(counts.ok, counts.failed, counts.skipped) < 0 or not counts.done <= counts.total:
        raise Damaged(f"the counts of job {job.id!r} do not add up")
    if counts.total > TOTAL_MAX:
        raise Damaged(f"its job {job.id!r} has {counts.total} items")
    if not 0 <= job.grows_to <= TOTAL_MAX:
        raise Damaged(f"its job {job.id!r} grows to {job.grows_to} items")
    if not _is_shallow(job.spec):
        raise Damaged(f"the spec of job {job.id!r} is too deep")
    if min(job.price_tokens, job.spent_tokens) < 0:
        raise Damaged(f"its job {job.id!r} costs less than nothing")
    if not (is_sound(counts.spend) and is_sound_cap(job.cap)):
        raise Damaged(f"its job {job.id!r} has spent, or may spend, what cannot be")
    for at in (job.created_at, job.started_at, job.ended_at, *_of_passes(job)):
        if at is not None and not abs(at) < TIME_MAX:
            raise Damaged(f"its job {job.id!r} has a time that is none: {at}")
    if job.retention_s is not None and not 0 <= job.retention_s < TIME_MAX:
        raise Damaged(f"its job {job.id!r} is to be kept for {job.retention_s} s")
    for item in job.working:
        _check_at_work(item, job)


def _of_passes(job: Job) -> Iterator[float]:
    for due in () if job.next_pass is None else (job.next_pass,):
        yield from (due.slot_at, due.due_at)
    for record in job.passes:
        yield from (record.slot_at, record.at)


def _check_at_work(item: AtWork, job: Job) -> None:
    # Items that were found are at work before they are counted.
    items = max(job.counts.total, job.grows_to)
    within = 0 <= item.index < items and 0.0 <= item.fraction <= 1.0
    if not (within and 0 <= item.done <= item.total <= TOTAL_MAX):
        raise Damaged(f"an item at work of job {job.id!r} is further than it can be")
    if not abs(item.at) < TIME_MAX:
        raise Damaged(f"an item at work of job {job.id!r} has a time that is none: {item.at}")


def _is_shallow(spec: dict[str, Any]) -> bool:
    """Whoever walks through a spec does it by recursion."""
    level: list[Any] = [spec]
    for _ in range(DEPTH_MAX):
        inner = [each.values() if isinstance(each, dict) else each for each in level]
        level = [child for each in inner for child in each if isinstance(child, dict | list)]
        if not level:
            return True
    return False
