"""A task that was broken off anywhere goes on, makes no call twice and ends the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from executors.agent.engine.records import Call, Record, read_pieces, whole
from executors.agent.engine.results import TaskResult
from executors.agent.engine.settings import Task
from executors.agent.ports import AnswerBroken, ChatRequest, PromptTooLong, ToolCall
from tests.support.engine import (
    Answer,
    Bench,
    MemoryBook,
    MemoryFolder,
    ScriptedModel,
    delete,
    read,
    said,
    verdict,
    write,
)

MINE = {"mine.txt": "m" * 3000}

PATHS = st.sampled_from(["a", "b", "mine.txt"])
TOOLS = st.one_of(
    st.builds(write, PATHS, st.sampled_from(["1", "2", "x" * 2500]), st.sampled_from("wx")),
    st.builds(read, PATHS),
    st.builds(delete, PATHS),
    st.just(ToolCall("?", "read_file", "{")),
)
CODER = st.one_of(
    st.lists(TOOLS, min_size=1, max_size=3).map(lambda calls: said("", *calls)),
    st.lists(TOOLS, min_size=1, max_size=3).map(lambda calls: said("", *calls)),
    st.sampled_from([said("Made it."), said(""), said("In par", finish="length")]),
    st.builds(PromptTooLong, st.just("too long")),
)
JUDGE = st.one_of(
    st.builds(verdict, st.just(False), st.one_of(st.none(), st.integers(0, 3))),
    st.sampled_from([verdict(True, 100), said("Hm."), AnswerBroken("gibberish")]),
)


class World:
    """The models, which answer the same to the same, whoever asks how often."""

    def __init__(self, coder: Sequence[Answer], judge: Sequence[Answer], rounds: int) -> None:
        self.coder = ScriptedModel("coder-1", [*coder, *[said("That is all.")] * 99])
        self.judge = ScriptedModel("judge-1", [*judge, *[said("Well.")] * 99])
        self.rounds = rounds

    async def work(self, kept: Sequence[bytes]) -> tuple[Bench, list[TaskResult]]:
        """Two runs, in a folder as it was at first."""
        self.coder.asked, self.judge.asked = [], []
        book, folder = MemoryBook(list(kept)), MemoryFolder(dict(MINE))
        results = []
        for run in (1, 2):
            task = Task("game", "Write a game.", run)
            bench = Bench(self.coder, self.judge, book, folder, task)
            limits = {"max_iterations": self.rounds, "max_prompt_tokens": 1_200}
            results.append(await bench.run(max_calls_a_round=4, **limits))
        return bench, results

    def asked(self) -> tuple[list[ChatRequest], list[ChatRequest]]:
        return list(self.coder.asked), list(self.judge.asked)


def timeless(records: Sequence[Record]) -> list[dict[str, Any]]:
    """What is the same whenever it is done. What was put back, but not ended, is put back again."""
    told = [json.loads(msgspec.json.encode(each)) for each in records]
    times = ("at", "elapsed_s", "duration_ms")
    same = [{name: each[name] for name in each if name not in times} for each in told]
    return [each for place, each in enumerate(same) if place == 0 or each != same[place - 1]]


def calls_in(pieces: Sequence[bytes], role: str) -> int:
    return sum(isinstance(each, Call) and each.role == role for each in read_pieces(pieces))


def cuts(pieces: Sequence[bytes]) -> list[list[bytes]]:
    """What there is of them, if they are broken off at any of their bytes."""
    found = []
    for place, piece in enumerate(pieces):
        for size in range(len(piece)):
            left = whole(piece[:size])
            kept = [*pieces[:place], *([left] if left else [])]
            if kept not in found[-1:]:
                found.append(kept)
    return [*found, list(pieces)]


async def check(world: World) -> None:
    done, results = await world.work([])
    coder, judge = world.asked()
    records, files = timeless(done.book.records), dict(done.folder.files)
    for kept in cuts(list(done.book.kept)):
        again, others = await world.work(kept)
        assert others[-1] == results[-1]
        assert again.folder.files == files
        assert timeless(again.book.records) == records
        asked_coder, asked_judge = world.asked()
        assert asked_coder == coder[calls_in(kept, "coder") :]
        assert asked_judge == judge[calls_in(kept, "judge") :]


@settings(max_examples=25, deadline=None)
@given(st.lists(CODER, max_size=10), st.lists(JUDGE, max_size=4), st.integers(1, 3))
async def test_whatever_happened_before_it_was_broken_off(coder, judge, rounds):
    await check(World(coder, judge, rounds))


async def test_files_that_are_put_back_and_rounds_of_both_runs():
    coder = [
        said("", write("a", "1"), read("mine.txt")),
        PromptTooLong("too long"),
        said("One."),
        said("", delete("a"), write("b", "2", "x")),
        said(""),
        said("Two."),
    ]
    await check(World(coder, [verdict(False, 2), verdict(False, 1)], 2))
