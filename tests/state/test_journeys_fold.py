"""What journeys learn of endings: nothing is taken back, and the user's word stands."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from state.digests import digest_of
from state.journeys import (
    FOUND_MAX_BYTES,
    MAX_BYTES,
    Ending,
    Journey,
    decode_journeys,
    encode_bounded,
    encode_journeys,
    ending_of,
    fold,
)
from state.model import InputItem, OutcomeStatus
from tests.support.states import an_outcome

IDS = st.sampled_from([f"{n:08x}" for n in range(4)])
PATHS = st.none() | st.lists(
    st.dictionaries(st.sampled_from(["do", "url", "ms"]), st.text(max_size=3) | st.integers(0, 9)),
    max_size=2,
).map(tuple)
JOURNEYS = st.lists(
    st.builds(
        Journey,
        id=IDS,
        name=st.text(max_size=3),
        url=st.just("http://h/"),
        path=PATHS,
        generated=st.booleans(),
        not_before=st.none() | st.floats(0, 10),
        completed=st.booleans(),
    ),
    unique_by=lambda journey: journey.id,
).map(tuple)
ENDINGS = st.lists(st.builds(Ending, id=IDS, ok=st.booleans(), at=st.integers(0, 9), path=PATHS))
TIMES = st.integers(0, 10)
QUICK = settings(max_examples=60, deadline=None)


def strip(journey):
    return msgspec.structs.replace(journey, completed=False, path=None, generated=False)


@QUICK
@given(JOURNEYS, ENDINGS, TIMES)
def test_learning_twice_is_learning_once(journeys, endings, since):
    once = fold(journeys, endings, since=since)
    assert fold(once, endings, since=since) == once


@QUICK
@given(JOURNEYS, ENDINGS, TIMES, st.randoms())
def test_in_which_order_they_ended_makes_no_difference_for_what_is_completed(
    journeys, endings, since, random
):
    shuffled = random.sample(endings, len(endings))
    in_order, mixed = (fold(journeys, some, since=since) for some in (endings, shuffled))
    assert [one.completed for one in in_order] == [one.completed for one in mixed]
    assert [bool(one.path) for one in in_order] == [bool(one.path) for one in mixed]


@QUICK
@given(JOURNEYS, ENDINGS, ENDINGS, TIMES)
def test_learning_bit_by_bit_is_learning_at_once(journeys, first, second, since):
    bit_by_bit = fold(fold(journeys, first, since=since), second, since=since)
    assert bit_by_bit == fold(journeys, first + second, since=since)


@QUICK
@given(JOURNEYS, ENDINGS, TIMES)
def test_the_list_stays_the_users(journeys, endings, since):
    """None comes, goes or moves; no path of theirs changes; nothing is taken back."""
    taught = fold(journeys, endings, since=since)
    assert list(map(strip, taught)) == list(map(strip, journeys))
    for before, after in zip(journeys, taught, strict=True):
        if before.path:
            assert (after.path, after.generated) == (before.path, before.generated)
        assert after.completed or not before.completed


@QUICK
@given(JOURNEYS, ENDINGS)
def test_what_ended_before_the_users_last_word_teaches_nothing(journeys, endings):
    assert fold(journeys, endings, since=10) == journeys


@QUICK
@given(JOURNEYS, ENDINGS, TIMES)
def test_completed_is_what_ended_well_since_then_and_what_was(journeys, endings, since):
    well = {ending.id for ending in endings if ending.ok and ending.at >= since}
    taught = fold(journeys, endings, since=since)
    for before, after in zip(journeys, taught, strict=True):
        assert after.completed == (before.completed or before.id in well)


@QUICK
@given(JOURNEYS)
def test_a_file_is_read_as_it_was_written_and_named_by_what_is_in_it(journeys):
    data = encode_journeys(journeys)
    assert decode_journeys(data) == journeys
    assert digest_of(data) == digest_of(encode_journeys(decode_journeys(data)))


@QUICK
@given(JOURNEYS)
def test_no_two_lists_have_the_same_name(journeys):
    lists = {encode_journeys(journeys[:count]) for count in range(len(journeys) + 1)}
    assert len({digest_of(data) for data in lists}) == len(lists)
    assert all(a != b for a, b in pairwise(sorted(lists)))


def test_paths_that_do_not_fit_are_left_out_and_what_is_completed_is_not():
    journeys = [Journey(id=f"{n:08x}", name="", url="http://h/") for n in range(99)]
    step = {"do": "x" * (FOUND_MAX_BYTES - 100)}
    endings = [Ending(journey.id, True, 1.0, (step,)) for journey in journeys]
    taught = fold(journeys, endings, since=0.0)
    assert len(encode_journeys(taught)) > MAX_BYTES
    found = decode_journeys(encode_bounded(journeys, taught))
    assert all(journey.completed and journey.path is None for journey in found)
    assert decode_journeys(encode_bounded(journeys[:9], taught[:9])) == taught[:9]


# ----------------------------------------------------------------- what an outcome says


def ending(item, result=b"{}", status=OutcomeStatus.OK):
    return ending_of(an_outcome(0, status, result=Raw(result)), InputItem(Raw(item)))


PATH = b'[{"do":"goto","url":"http://h/"}]'


def test_an_outcome_tells_of_the_journey_whose_id_its_item_has():
    assert ending(b'{"id":"0000000a","url":"http://h/"}') == Ending("0000000a", True, 7.0, None)


@pytest.mark.parametrize("status", [s for s in OutcomeStatus if s is not OutcomeStatus.OK])
def test_only_what_ended_well_has_ended_well(status):
    assert ending(b'{"id":"0000000a"}', status=status) == Ending("0000000a", False, 7.0, None)


@pytest.mark.parametrize("item", [b'"http://h/"', b"{}", b'{"id":null}', b'{"id":3}', b"[1]", b"!"])
def test_an_item_without_an_id_tells_of_none(item):
    assert ending(item) is None


def test_a_path_that_was_found_is_told():
    found = ending(b'{"id":"0000000a"}', b'{"generated":true,"path":%s,"more":1}' % PATH)
    assert found.path == ({"do": "goto", "url": "http://h/"},)


@pytest.mark.parametrize(
    "result",
    [
        b'{"path":%s}' % PATH,
        b'{"generated":false,"path":%s}' % PATH,
        b'{"generated":"yes","path":%s}' % PATH,
        b'{"generated":true}',
        b'{"generated":true,"path":null}',
        b'{"generated":true,"path":"goto"}',
        b'{"generated":true,"path":[1]}',
        b'{"generated":true,"path":[{"do":{"a":1}}]}',
        b'{"generated":true,"path":%s}' % (b"[" * 5_000 + b"]" * 5_000),
        b'{"generated":true,"path":[{"do":"%s"}]}' % (b"x" * FOUND_MAX_BYTES),
        b"null",
        b"[]",
    ],
)
def test_what_is_no_path_is_none_and_the_journey_has_ended_all_the_same(result):
    assert ending(b'{"id":"0000000a"}', result) == Ending("0000000a", True, 7.0, None)
