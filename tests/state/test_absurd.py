"""Files that are whole by their checksum or their size, and absurd."""

from __future__ import annotations

import os

import pytest
from msgspec.structs import replace

from state.codec import Damaged, decode, encode
from state.errors import JobFilesMissing
from state.ledgers import Hold, Ledger, LedgerEntry
from state.model import AtWork, Counts, JourneyBook
from state.schedules import Pass, PassRecord
from state.spending import DaySpend, Spend, SpendCap
from tests.support.states import ALICE, a_desk, a_job, items

JOB = (ALICE, "job-1")


def nested(depth):
    spec = {}
    for _ in range(depth):
        spec = {"a": [spec]}
    return spec


@pytest.mark.parametrize(
    "fields",
    [
        {"counts": Counts(3, ok=-1)},
        {"counts": Counts(3, ok=2, failed=2)},
        {"counts": Counts(10**15)},
        {"created_at": 1e300},
        {"ended_at": -1e300},
        {"spec": nested(150)},
        {"price_tokens": -1},
        {"spent_tokens": -1},
        {"next_pass": Pass(1e300, 0.0)},
        {"next_pass": Pass(0.0, 1e300)},
        {"passes": (PassRecord(0.0, 1e300),)},
        {"retention_s": -1.0},
        {"retention_s": 1e300},
        {"working": (AtWork(index=-1, fraction=0.5),)},
        {"working": (AtWork(index=3, fraction=0.5),), "counts": Counts(3)},
        {"working": (AtWork(index=0, fraction=1.01),)},
        {"working": (AtWork(index=0, fraction=-0.1),)},
        {"working": (AtWork(index=0, fraction=0.5, done=3, total=2),)},
        {"working": (AtWork(index=0, fraction=0.5, done=-1, total=2),)},
        {"working": (AtWork(index=0, fraction=0.5, total=10**15),)},
        {"working": (AtWork(index=0, fraction=0.5, at=1e300),)},
    ],
)
def test_a_job_that_no_desk_ever_saved_is_damage(fields):
    """A date that cannot be shown failed every look at the desk; such a total took all memory."""
    job = a_job()
    whole = encode(ALICE, a_desk(1, job))
    assert decode(ALICE, whole).state == a_desk(1, job)
    with pytest.raises(Damaged):
        decode(ALICE, encode(ALICE, a_desk(1, type(job)(**{**job_fields(job), **fields}))))


LEDGER = Ledger(
    10, 7, 3, (LedgerEntry("a", 10, 1.0, "", 10), LedgerEntry("b", -3, 2.0, "", 7, "j")),
    (Hold("k", 7, "basic", 2.0, 302.0),), 4,
)  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"balance": 8},
        {"balance": -1, "spent": 11},
        {"spent": -1, "balance": 11},
        {"forgotten": -1},
        {"forgotten": 10**16},
        {"granted": 10**16, "balance": 10**16 - 3},
        {"holds": (Hold("k", 8, "basic", 2.0, 302.0),)},
        {"holds": (Hold("k", -1, "basic", 2.0, 302.0),)},
        {"holds": (Hold("k", 1, "basic", 2.0, 1e300),)},
        {"entries": (LedgerEntry("b", -3, float("-1e300"), "", 7),)},
    ],
)
def test_a_ledger_that_no_desk_ever_saved_is_damage(fields):
    """Such a balance could be spent, and such a time failed every look at the ledger."""
    assert decode(ALICE, encode(ALICE, a_desk(1, ledger=LEDGER))).state.ledger == LEDGER
    with pytest.raises(Damaged):
        decode(ALICE, encode(ALICE, a_desk(1, ledger=replace(LEDGER, **fields))))


SPENT = Spend(3, 20, 10, 2**62, 1, 1)


@pytest.mark.parametrize("spend", [Spend(calls=-1), Spend(picousd=2**62 + 1), Spend(unpriced=-1)])
def test_spending_that_cannot_be_is_damage(spend):
    """Such a sum let a job spend for ever, or nothing ever again."""
    sound = replace(a_job(), counts=replace(a_job().counts, spend=SPENT), cap=SpendCap(0, 2**62))
    desk = a_desk(1, sound, day_spend=DaySpend("2026-11-23", SPENT))
    assert decode(ALICE, encode(ALICE, desk)).state == desk
    for absurd in (
        a_desk(1, replace(sound, counts=replace(sound.counts, spend=spend))),
        a_desk(1, day_spend=DaySpend("2026-11-23", spend)),
    ):
        with pytest.raises(Damaged):
            decode(ALICE, encode(ALICE, absurd))


@pytest.mark.parametrize("cap", [SpendCap(tokens=-1), SpendCap(picousd=2**62 + 1)])
def test_a_cap_that_cannot_be_is_damage(cap):
    with pytest.raises(Damaged):
        decode(ALICE, encode(ALICE, a_desk(1, replace(a_job(), cap=cap))))


@pytest.mark.parametrize("day", ["", "today", "20261123", "2026-11-31", "9999-99-99"])
def test_a_day_that_is_none_is_damage(day):
    with pytest.raises(Damaged):
        decode(ALICE, encode(ALICE, a_desk(1, day_spend=DaySpend(day, SPENT))))


BOOK = JourneyBook("ab" * 32, 3, 512, set_at=1_795_320_060.1, settled={"job-1": 2})


@pytest.mark.parametrize(
    "fields",
    [
        {"digest": ""},
        {"digest": "../../secret"},
        {"digest": "AB" * 32},
        {"count": -1},
        {"size_bytes": -1},
        {"set_at": 1e300},
    ],
)
def test_journeys_that_no_desk_ever_kept_are_damage(fields):
    """What names a file must not lead elsewhere; such a time taught nothing for ever."""
    assert decode(ALICE, encode(ALICE, a_desk(1, journeys=BOOK))).state.journeys == BOOK
    with pytest.raises(Damaged):
        decode(ALICE, encode(ALICE, a_desk(1, journeys=replace(BOOK, **fields))))


def test_items_at_work_are_read_as_they_were_saved():
    working = (
        AtWork(index=0, fraction=1.0, stage="点击登录", done=7, total=7, at=1_795_320_060.123),
        AtWork(index=2, fraction=0.0),
    )
    desk = a_desk(1, replace(a_job(), working=working, of_journeys=True, retention_s=0.0))
    assert decode(ALICE, encode(ALICE, desk)).state == desk


def job_fields(job):
    return {name: getattr(job, name) for name in job.__struct_fields__}


async def test_inputs_that_end_in_a_gigabyte_of_zeros_are_cut_off(store, data):
    await store.write_inputs(*JOB, items(3))
    os.truncate(data / "files" / ALICE / "job-1" / "inputs.jsonl", 1024**3)
    with pytest.raises(JobFilesMissing, match="cut off after item 3"):
        await store.open_inputs(*JOB)


async def test_a_log_of_zeros_is_not_read_to_its_end(store, data):
    await store.write_inputs(*JOB, items(3))
    path = data / "files" / ALICE / "job-1" / "log.jsonl"
    path.touch()
    os.truncate(path, 1024**3)
    assert (await store.read_log(*JOB)).lines == ()


async def test_items_that_changed_places_are_not_each_other(store, data):
    await store.write_inputs(*JOB, items(3))
    path = data / "files" / ALICE / "job-1" / "inputs.jsonl"
    first, second, third = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(second + first + third)
    inputs = await store.open_inputs(*JOB)
    with pytest.raises(JobFilesMissing, match="damaged at item 0"):
        await inputs.read([0])
    assert await inputs.read([2]) == items(3)[2:]
    await inputs.aclose()
