"""Turns at a server that does one thing at a time: over the items of a worker, and over workers."""

import subprocess
import sys
from pathlib import Path

import pytest
import trio
import trio.testing

from workers.net.turns import Turns

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def place(tmp_path):
    return tmp_path / "turns"


async def test_two_workers_take_turns_and_each_its_items_in_order(place, autojump_clock):
    workers = Turns(str(place)), Turns(str(place))
    order, at_work, most = [], 0, 0

    async def take(which, number):
        nonlocal at_work, most
        async with workers[which].turn() as was_left:
            assert not was_left
            at_work += 1
            most = max(most, at_work)
            order.append((which, number))
            await trio.sleep(1)
            at_work -= 1

    async with trio.open_nursery() as nursery:
        for number in range(5):
            for which in range(2):
                nursery.start_soon(take, which, number)
                await trio.testing.wait_all_tasks_blocked()
    assert (most, len(order)) == (1, 10)
    for which in range(2):
        assert [number for at, number in order if at == which] == list(range(5))


async def test_one_that_fails_or_is_cancelled_leaves_nothing(place, autojump_clock):
    turns = Turns(str(place))
    with pytest.raises(ZeroDivisionError):
        async with turns.turn():
            raise ZeroDivisionError
    with trio.move_on_after(1):
        async with turns.turn():
            await trio.sleep_forever()
    async with turns.turn() as was_left:
        assert not was_left


DIES = """
import sys, trio
from workers.net.turns import Turns

async def main():
    async with Turns(sys.argv[1]).turn():
        print("mine", flush=True)
        await trio.sleep_forever()

trio.run(main)
"""


@pytest.fixture
def left(place):
    """By a worker that has died in its turn."""
    command = [sys.executable, "-c", DIES, str(place)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as other:
        assert other.stdout.readline() == b"mine\n"
        other.kill()


async def test_who_dies_in_its_turn_leaves_word_of_it(left, place, autojump_clock):
    turns = Turns(str(place))
    with trio.move_on_after(1):
        async with turns.turn() as was_left:
            assert was_left
            await trio.sleep_forever()
    for expected in (True, False):
        async with turns.turn() as was_left:
            assert was_left is expected


async def test_without_a_file_they_are_a_workers_own():
    turns = Turns("")
    for _ in range(2):
        async with turns.turn() as was_left:
            assert not was_left
