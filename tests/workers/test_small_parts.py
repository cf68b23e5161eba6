"""Small parts of the pools: start delays, seats by key, shares, printed lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.leasing import brief, leased
from workers.crew import seat_of
from workers.launch import describe_exit
from workers.output import MAX_LINE_BYTES, LineCutter
from workers.seat import START_DELAY_MAX_S, StartDelay
from workers.shares import Shares


class Asker:
    def __init__(self, desk, job_id):
        self.brief = brief(desk, job_id)
        self.slots = 0

    def granted(self, slots):
        self.slots += slots


def test_starts_that_fail_are_delayed_more_and_more():
    delay = StartDelay()
    assert delay.wait_s(0.0) == 0.0
    delays = [delay.failed(10.0, "no") for _ in range(100)]
    assert delays[:3] == [0.5, 1.0, 2.0]
    assert delays[-1] == START_DELAY_MAX_S
    assert delay.wait_s(10.0) == START_DELAY_MAX_S
    delay.succeeded()
    assert delay.failed(1000.0, "no") == 0.5


@given(st.text(min_size=1), st.integers(0, 100), st.integers(1, 8))
def test_a_key_has_one_seat(key, index, seats):
    assert seat_of(leased(index, {}, key=key), seats) == seat_of(leased(0, {}, key=key), seats)


def test_a_key_has_the_same_seat_in_every_server():
    """Not Python's own hash, which is another in every process."""
    seats = [seat_of(leased(0, {}, key=f"http://h{n}:80"), 2) for n in range(6)]
    assert seats == [0, 1, 1, 0, 1, 0]


def test_items_without_a_key_are_spread():
    assert [seat_of(leased(n, {}), 2) for n in range(4)] == [0, 1, 0, 1]


def test_keys_that_are_alike_up_to_a_space_share_a_seat():
    seats = {seat_of(leased(0, {}, key=f"agents e{n}"), 4) for n in range(20)}
    assert len(seats) == 1


def test_slots_that_come_back_go_to_the_desks_in_turn():
    shares = Shares(2)
    big, small = Asker("a", "1"), Asker("b", "2")
    shares.want(big, 100)
    shares.want(small, 1)
    assert (big.slots, small.slots, shares.free_slots) == (2, 0, 0)
    shares.free(1)
    shares.free(1)
    assert (big.slots, small.slots) == (3, 1)


def test_who_left_is_granted_nothing_but_its_successor_is():
    shares = Shares(1)
    first, second = Asker("a", "1"), Asker("a", "1")
    shares.want(Asker("b", "2"), 1)
    shares.want(first, 1)
    shares.want(second, 1)
    shares.forget(first)
    shares.free(1)
    assert (first.slots, second.slots) == (0, 1)
    shares.want(second, 1)
    shares.forget(second)
    shares.free(1)
    assert (second.slots, shares.free_slots) == (1, 1)


@given(st.lists(st.binary(max_size=30)))
def test_lines_are_whole_whatever_the_cuts(pieces):
    cutter = LineCutter()
    lines = [line for piece in pieces for line in cutter.feed(piece)] + cutter.rest()
    whole = b"".join(pieces).split(b"\n")
    assert lines == [line.decode("utf-8", "replace").rstrip() for line in whole if line.strip()]


def test_an_endless_line_is_cut():
    cutter = LineCutter()
    for _ in range(100):
        assert cutter.feed(b"x" * 1000) == []
    assert cutter.feed(b"\nnext\n") == ["x" * MAX_LINE_BYTES, "next"]


def test_how_a_process_ended():
    assert describe_exit(-9) == "killed by signal 9"
    assert describe_exit(3) == "exited with code 3"
    assert describe_exit(None) == "it cannot be killed"
