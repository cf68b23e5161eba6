"""The envelope: one valid JSON object that finds every change made to it."""

from __future__ import annotations

import hashlib
import json

import msgspec
import pytest

from state.codec import Damaged, NewerSchema, decode, encode
from state.errors import DeskTooLarge
from state.ledgers import Ledger
from state.migrations import Schema
from tests.support.states import ALICE, BOB, a_desk, a_job

STATE = a_desk(9, a_job(spec={"名": "é"}))
DATA = encode(ALICE, STATE)


def resealed(change, **envelope):
    """The file with its desk changed, and an envelope that fits it again."""
    whole = json.loads(DATA)
    change(whole["desk"])
    desk = msgspec.json.encode(whole["desk"])
    whole |= {"length": len(desk), "sha256": hashlib.sha256(desk).hexdigest()} | envelope
    return msgspec.json.encode(whole)


def test_the_file_is_one_json_object_as_documented():
    whole = json.loads(DATA)
    assert list(whole) == ["format", "schema", "owner", "revision", "length", "sha256", "desk"]
    assert (whole["format"], whole["schema"], whole["revision"]) == (1, 1, 9)
    assert whole["owner"] == ALICE
    desk = DATA[DATA.index(b'"desk":') + 7 : -1]
    assert len(desk) == whole["length"]
    assert hashlib.sha256(desk).hexdigest() == whole["sha256"]
    assert decode(ALICE, DATA).state == STATE


def test_no_shorter_file_is_taken():
    for length in range(len(DATA)):
        with pytest.raises(Damaged):
            decode(ALICE, DATA[:length])


def test_no_flipped_bit_changes_the_desk():
    for position in range(len(DATA)):
        for bit in range(8):
            flipped = bytearray(DATA)
            flipped[position] ^= 1 << bit
            try:
                assert decode(ALICE, bytes(flipped)).state == STATE
            except (Damaged, NewerSchema):
                continue


@pytest.mark.parametrize(
    "data",
    [b"", b"\0" * 500, b"[]", b"null", b"{}", b"\xff", b"[" * 100_000, DATA + b"x", DATA * 2],
)
def test_other_bytes_are_damaged(data):
    with pytest.raises(Damaged):
        decode(ALICE, data)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda desk: desk.update(revision=10), "revision"),
        (lambda desk: desk.update(more=1), "shape"),
        (lambda desk: desk.update(jobs=[]), "shape"),
        (lambda desk: desk.pop("created_at"), "shape"),
        (lambda desk: desk.update(ledger={"granted": 5, "balance": 3, "spent": 1}), "ledger"),
        (lambda desk: desk.update(jobs={"other": desk["jobs"]["job-1"]}), "calls itself"),
    ],
)
def test_a_whole_file_of_the_wrong_shape_is_damaged(change, said):
    with pytest.raises(Damaged, match=said):
        decode(ALICE, resealed(change))


def test_another_desks_file_is_damaged():
    with pytest.raises(Damaged, match="another desk"):
        decode(BOB, DATA)


def test_a_ledger_that_adds_up_is_fine():
    state = a_desk(1, ledger=Ledger(granted=5, balance=3, spent=2))
    assert decode(ALICE, encode(ALICE, state)).state == state


@pytest.mark.parametrize(("schema", "error"), [(2, NewerSchema), (0, Damaged), (-1, Damaged)])
def test_foreign_schemas_are_refused(schema, error):
    with pytest.raises(error):
        decode(ALICE, resealed(lambda desk: None, schema=schema))


def test_an_older_schema_is_migrated_step_by_step():
    steps = {
        1: lambda desk: {**desk, "next_arrival": desk["next_arrival"] + 10},
        2: lambda desk: {**desk, "next_arrival": desk["next_arrival"] * 2},
    }
    decoded = decode(ALICE, DATA, Schema(3, steps))
    assert decoded.migrated_from == 1
    assert decoded.state.next_arrival == 20
    assert decode(ALICE, DATA).migrated_from is None


def test_a_desk_that_could_not_be_loaded_is_not_written(monkeypatch):
    monkeypatch.setattr("state.codec.MAX_FILE_BYTES", len(DATA) - 1)
    with pytest.raises(DeskTooLarge, match="limit"):
        encode(ALICE, STATE)


def test_a_length_that_does_not_fit_is_damage_though_the_checksum_does():
    whole = encode(ALICE, a_desk(1))
    length = msgspec.json.decode(whole)["length"]
    wrong = whole.replace(b'"length":%d' % length, b'"length":%d' % (length + 1))
    with pytest.raises(Damaged, match="bytes of desk"):
        decode(ALICE, wrong)


def test_a_desk_from_before_anything_was_spent_is_read():
    def older(desk):
        del desk["day_spend"]
        for job in desk["jobs"].values():
            del job["cap"], job["counts"]["spend"]

    assert decode(ALICE, resealed(older)).state == STATE
