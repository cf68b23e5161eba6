"""What comes of a command in an agent's folder: plain files, within bounds, all or nothing."""

from __future__ import annotations

import os

import pytest

from actors.ports.commands import CommandRefused, CommandResult
from tests.support.agent_folders import opened, tree
from tests.support.command_places import ScriptedCommands


@pytest.fixture
def tool(tmp_path):
    return ScriptedCommands(tmp_path)


@pytest.fixture
async def hand(tmp_path, tool):
    async with opened(tmp_path, tool, command_files=5, command_bytes=1_000) as made:
        yield made


def names(hand):
    return [tool["function"]["name"] for tool in hand.folder.tools]


async def test_the_tool_is_there_only_where_commands_are_allowed(hand, tmp_path):
    assert names(hand)[-1] == "run_command"
    async with opened(tmp_path / "other") as without:
        assert "run_command" not in names(without)
        assert "there is no tool" in await without.refused("run_command", command="ls")


async def test_its_changes_are_told_and_are_done_in_the_folder(hand, tool):
    await hand.write("a", "1\n")
    await hand.write("b", "2\n")

    def does(folder):
        assert tree(folder) == {"a": b"1\n", "b": b"2\n"}
        (folder / "a").write_text("changed\n")
        (folder / "b").unlink()
        (folder / "new").mkdir()
        (folder / "new" / "c").write_bytes(b"\0")
        return CommandResult(exit_code=0, output=b"done \xff\n")

    tool.does = does
    result = await hand.call("run_command", command="make", timeout_s=5)
    assert tool.said == [("make", 5)]
    assert result.ok
    assert result.output == (
        "exit code 0\ndone \ufffd\n(it changed 3 files: wrote a, deleted b, wrote new/c)"
    )
    assert [(c.path, c.text, c.base64) for c in result.changes] == [
        ("a", "changed\n", None),
        ("b", None, None),
        ("new/c", None, "AA=="),
    ]
    assert tree(hand.place) == {"a": b"changed\n", "new/": None, "new/c": b"\0"}
    assert os.path.basename(tool.folders[0]) not in os.listdir(hand.place.parent)


async def test_a_change_of_the_same_size_within_a_tick_is_seen(hand, tool):
    await hand.write("a", "1")
    now = (hand.place / "a").stat()

    def does(folder):
        (folder / "a").write_text("2")
        os.utime(folder / "a", ns=(now.st_atime_ns, now.st_mtime_ns))

    tool.does = does
    assert [c.text for c in (await hand.call("run_command", command="x")).changes] == ["2"]


async def test_what_the_tools_keep_out_of_a_command_never_sees(hand, tool, tmp_path):
    (hand.place / ".git").mkdir()
    (hand.place / ".git" / "config").write_text("secret")
    (hand.place / ".env").write_text("KEY=secret")
    (tmp_path / "outside").write_text("secret")
    (hand.place / "link").symlink_to(tmp_path / "outside")
    os.link(tmp_path / "outside", hand.place / "hard")
    seen = []
    tool.does = lambda folder: seen.append(tree(folder))
    await hand.done("run_command", command="x")
    assert seen == [{}]


async def test_links_pipes_and_other_odd_things_it_leaves_are_not_followed(hand, tool, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("secret")

    def does(folder):
        (folder / "file").symlink_to(tmp_path / "outside" / "secret")
        (folder / "folder").symlink_to(tmp_path / "outside")
        os.mkfifo(folder / "pipe")
        os.link(tmp_path / "outside" / "secret", folder / "hard")
        (folder / ".git").mkdir()
        (folder / ".git" / "hooks").write_text("evil")
        (folder / "bad\nname").write_text("x")
        (folder / "good").write_text("x")

    tool.does = does
    result = await hand.call("run_command", command="x")
    assert [change.path for change in result.changes] == ["good"]
    assert "(6 that it left are no plain files, or have unusable names)" in result.output
    assert tree(hand.place) == {"good": b"x"}


async def test_a_file_that_became_a_link_is_gone(hand, tool, tmp_path):
    await hand.write("a", "1")
    (tmp_path / "outside").write_text("secret")

    def does(folder):
        (folder / "a").unlink()
        (folder / "a").symlink_to(tmp_path / "outside")

    tool.does = does
    result = await hand.call("run_command", command="x")
    assert [(c.path, c.text) for c in result.changes] == [("a", None)]
    assert tree(hand.place) == {}


async def makes_nothing(hand, tool, does, said):
    before = tree(hand.place)
    tool.does = does
    result = await hand.call("run_command", command="x")
    assert not result.ok
    assert result.changes == ()
    assert "none of the changes" in result.output
    assert said in result.output
    assert tree(hand.place) == before


async def test_too_much_is_all_undone(hand, tool):
    await hand.write("a", "1")
    await makes_nothing(
        hand,
        tool,
        lambda folder: [(folder / str(n)).write_text("x") for n in range(6)] and None,
        "it changed 6 files",
    )
    await makes_nothing(
        hand,
        tool,
        lambda folder: [(folder / n).write_text("x" * 501) for n in "ab"] and None,
        "it wrote 1002 bytes",
    )


async def test_a_file_in_the_place_of_a_folder(hand, tool):
    await hand.write("a/b", "1")

    def does(folder):
        (folder / "a" / "b").unlink()
        (folder / "a").rmdir()
        (folder / "a").write_text("a file")

    tool.does = does
    await hand.done("run_command", command="x")
    assert tree(hand.place) == {"a": b"a file"}


async def test_what_cannot_be_put_back_in_the_middle_undoes_the_rest(hand, tool):
    """The user's own empty folder stands where a file was to go."""
    (hand.place / "z").mkdir()
    await hand.write("b", "b")

    def does(folder):
        (folder / "a").write_text("new")
        (folder / "b").unlink()
        (folder / "z").write_text("a file")

    await makes_nothing(hand, tool, does, "it is a folder")


async def test_a_folder_that_is_too_large_for_commands(tmp_path, tool):
    async with opened(tmp_path, tool, files=3, total_bytes=100, walked=10) as hand:
        for number in range(4):
            (hand.place / str(number)).write_text("x")
        assert "too large for commands" in await hand.refused("run_command", command="x")
        for number in range(4, 11):
            (hand.place / str(number)).write_text("x")
        assert "more than 10 entries" in await hand.refused("run_command", command="x")
    assert tool.said == []


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (CommandResult(exit_code=3), "exit code 3"),
        (CommandResult(exit_code=None, timed_out=True), "took too long"),
        (CommandResult(exit_code=None, limit="it used too much"), "ended: it used too much"),
    ],
)
async def test_one_that_did_not_end_well_is_not_ok_and_its_changes_are_kept(
    hand, tool, result, said
):
    def does(folder):
        (folder / "log").write_text("x")
        return result

    tool.does = does
    answer = await hand.call("run_command", command="x")
    assert not answer.ok
    assert said in answer.output
    assert tree(hand.place) == {"log": b"x"}


async def test_one_that_cannot_be_run(hand, tool):
    def does(folder):
        raise CommandRefused("there is no jail")

    tool.does = does
    said = await hand.refused("run_command", command="x")
    assert said == "commands cannot be run here: there is no jail"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"command": " "}, "empty"),
        ({"command": "x\0y"}, "NUL"),
        ({"command": "x" * 16_385}, "longer than 16384"),
        ({"command": "x", "timeout_s": 0}, "timeout_s"),
        ({"command": "x", "timeout_s": 601}, "timeout_s"),
        ({"command": ["ls"]}, "Expected `str`"),
    ],
    ids=str,
)
async def test_commands_that_are_none(hand, tool, arguments, said):
    assert said in await hand.refused("run_command", **arguments)
    assert tool.said == []
