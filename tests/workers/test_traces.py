"""What the server's log is told of an executor that failed: where, and nothing that was said."""

from __future__ import annotations

import trio

from tests.support.canaries import canary
from workers.traces import trace

SECRET = canary("message")


def fails():
    raise LookupError(SECRET)


def traced(call):
    try:
        call()
    except (LookupError, ValueError) as error:
        error.add_note(SECRET)
        return trace(error)
    raise AssertionError


def test_the_frames_and_the_kind_are_told_and_the_message_is_not():
    told = traced(fails)
    assert "in fails" in told
    assert told.endswith("builtins.LookupError\n")
    assert SECRET not in told


def test_causes_and_contexts_are_told_in_their_order():
    def caused():
        try:
            fails()
        except LookupError as error:
            raise ValueError(SECRET) from error

    def meanwhile():
        try:
            fails()
        except LookupError:
            raise KeyError(SECRET)  # noqa: B904  the context is what is tested

    for call, kind, word in (
        (caused, "ValueError", "cause of"),
        (meanwhile, "KeyError", "handled"),
    ):
        told = traced(call)
        assert told.index("LookupError\n") < told.index(word) < told.index(kind)
        assert SECRET not in told


def test_what_was_left_out_on_purpose_stays_out():
    def instead():
        try:
            fails()
        except LookupError:
            raise ValueError(SECRET) from None

    assert "LookupError" not in traced(instead)


async def test_every_member_of_a_group_is_told():
    async def late():
        fails()

    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(late)
            nursery.start_soon(late)
    except BaseExceptionGroup as group:
        told = trace(group)
    assert told.count("builtins.LookupError") == 2
    assert SECRET not in told
