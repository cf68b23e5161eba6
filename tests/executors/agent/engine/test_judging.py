"""What a judge is shown, and how much of it at most."""

from __future__ import annotations

import base64

from executors.agent.engine import judging, seen
from executors.agent.engine.judging import judge_messages
from executors.agent.engine.records import Begin, TaskNamed, Tool
from executors.agent.engine.seen import DIFFS_CHARS, HEAD_CHARS, HEADS_N, SeenFiles
from executors.agent.engine.state import USED_CHARS, USED_N, State
from executors.agent.ports import Change
from tests.support.engine import Bench, on_record, said, verdict, write


def text(path: str, content: str, diff: str = "") -> Change:
    return Change(path=path, text=content, diff=diff)


def files_after(*rounds: list[Change]) -> SeenFiles:
    files = SeenFiles()
    for changes in rounds:
        files.begin_round()
        files.add(changes)
    return files


def state_of(prompt: str, tools: list[Tool], last: str = "") -> State:
    state = State()
    named = TaskNamed("game", prompt)
    state.add(Begin(at="", task=named, model="", judge_model="", max_iterations=1, run=1))
    calls = tuple(write(each.name, "", each.id) for each in tools)
    state.add(on_record(tool_calls=calls))
    for each in tools:
        state.add(each)
    state.add(on_record(text=last))
    return state


def tool(id: str, *changes: Change, output: str = "written") -> Tool:
    name = "write_file"
    return Tool(at="", round=1, id=id, name=name, ok=True, output=output, changes=changes)


def shown(state: State) -> str:
    return judge_messages(state)[1]["content"]


def test_the_prompt_of_a_judge_stays_small_whatever_was_done():
    changes = [text(f"{n:03d}", "c" * 50_000, "d" * 50_000) for n in range(500)]
    tools = [tool(str(n), change, output="o" * 9_000) for n, change in enumerate(changes)]
    told = shown(state_of("p" * 1_000_000, tools, "l" * 1_000_000))
    parts = judging.PROMPT_CHARS + judging.CONTENTS_CHARS + judging.LAST_WORDS_CHARS + DIFFS_CHARS
    assert len(told) < parts + 300 * 30 + 500 * 20 + USED_N * (USED_CHARS + 50) + 1_000
    for cut in ("(and 200 more)", f"(and {500 - USED_N} more)", "(cut here)"):
        assert cut in told


def test_the_contents_of_the_files_that_were_changed_last_are_shown_first():
    changes = [text("old", "o" * 50), text("new", "n" * 50)]
    told = shown(state_of("p", [tool("1", *changes)]))
    assert told.index("### new\n\nnnn") < told.index("### old\n\nooo")


def test_no_more_than_so_many_beginnings_are_held():
    files = files_after([text(f"{n:03d}", "c" * 50_000) for n in range(100)])
    heads = [path for path, file in files.files.items() if file.head is not None]
    assert heads == [f"{n:03d}" for n in range(100 - HEADS_N, 100)]
    assert {len(files.files[path].head or "") for path in heads} == {HEAD_CHARS}
    assert {file.size_bytes for file in files.files.values()} == {50_000}


def test_bytes_that_are_no_text_are_listed_with_their_size():
    coded = base64.b64encode(b"\xff\x00\x01").decode()
    told = shown(state_of("p", [tool("1", Change(path="x.bin", base64=coded))]))
    assert "- x.bin (3 bytes)" in told
    assert "### x.bin" not in told


def test_a_task_that_has_written_nothing():
    told = shown(state_of("p", [], ""))
    assert "(none was written)" in told
    assert "(no file)" in told
    assert "## Last words\n\n(none)" in told


# --------------------------------------------------------------------------------- what changed


def test_what_a_round_has_changed_in_the_end():
    first = [text("a", "1"), text("b", "1")]
    assert files_after(first).of_round == ["a", "b"]
    assert files_after(first, []).of_round == []
    assert files_after(first, [text("a", "2")]).of_round == ["a"]
    assert files_after(first, [text("a", "2"), text("a", "1")]).of_round == []
    assert files_after(first, [Change(path="a")]).of_round == ["a"]
    assert files_after(first, [Change(path="a"), text("a", "1")]).of_round == []
    assert files_after(first, [text("c", "1"), Change(path="c")]).of_round == []


def test_a_users_file_that_is_changed_or_removed_is_a_change():
    assert files_after([text("users", "1")]).of_round == ["users"]
    assert files_after([Change(path="users")]).of_round == ["users"]


def test_text_and_base64_of_the_same_letters_are_not_the_same_file():
    files = files_after([text("a", "QUJD")], [Change(path="a", base64="QUJD")])
    assert files.of_round == ["a"]


def test_diffs_have_room_for_so_much_of_a_round():
    files = files_after([text("a", "1", "d" * 10_000), text("b", "2", "e" * 10_000)])
    assert sum(len(diff) for _, diff in files.diffs) == seen.DIFFS_CHARS
    files.begin_round()
    files.add([text("c", "3", "f")])
    assert files.diffs == [("c", "f")]


async def test_a_judge_is_told_the_same_by_a_task_that_goes_on():
    script = [said("", write("a", "1")), said("One."), said("Two.")]
    bench = Bench.of(script, [verdict(), verdict()])
    await bench.run(max_iterations=2)
    book = bench.book
    asked = bench.judge.asked
    book.kept = book.kept[:-1]
    again = Bench.of([], [verdict()], book=book)
    await again.run(max_iterations=2)
    assert again.judge.asked == asked[1:]
