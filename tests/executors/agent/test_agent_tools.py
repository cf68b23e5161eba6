"""What the tools do, and what they say at their limits."""

from __future__ import annotations

import os

import pytest

from executors.agent.files import schemas
from executors.agent.files.patterns import glob_pattern
from tests.support.agent_folders import opened, tree

KIB = 1024


@pytest.fixture
async def hand(tmp_path):
    async with opened(tmp_path) as made:
        yield made


async def test_a_file_is_written_read_edited_and_deleted(hand):
    wrote = await hand.write("src/a.py", "x = 1\ny = 2\n")
    assert wrote.output == "wrote src/a.py: 2 lines, 12 characters"
    assert [(c.path, c.text) for c in wrote.changes] == [("src/a.py", "x = 1\ny = 2\n")]
    assert await hand.done("read_file", path="./src/a.py") == "x = 1\ny = 2"
    edited = await hand.call("replace", path="src/a.py", old_string="x = 1", new_string="x = 7")
    assert edited.changes[0].diff == (
        "--- a/src/a.py\n+++ b/src/a.py\n@@ -1,2 +1,2 @@\n-x = 1\n+x = 7\n y = 2\n"
    )
    assert await hand.done("list_directory") == "src/"
    assert await hand.done("list_directory", path="src/") == "src/a.py  12 bytes"
    deleted = await hand.call("delete_file", path="src/a.py")
    assert (deleted.changes[0].text, deleted.changes[0].base64) == (None, None)
    assert tree(hand.place) == {}


async def test_permissions_stay_and_nothing_is_left_beside(hand):
    (hand.place / "run.sh").write_text("one\n")
    (hand.place / "run.sh").chmod(0o750)
    await hand.done("replace", path="run.sh", old_string="one", new_string="two")
    assert (hand.place / "run.sh").stat().st_mode & 0o777 == 0o750
    assert os.listdir(hand.place) == ["run.sh"]


async def test_writing_what_is_there_changes_nothing(hand):
    await hand.write("a", "same")
    again = await hand.write("a", "same")
    assert again.ok
    assert again.changes == ()


async def test_a_text_that_is_not_there_or_too_often(hand):
    await hand.write("a", "one two two\r\nthree\r\n")
    call = {"path": "a", "new_string": "x"}
    assert "not in it" in await hand.refused("replace", old_string="four", **call)
    assert "2 times, not 1" in await hand.refused("replace", old_string="two", **call)
    assert "Windows" in await hand.refused("replace", old_string="two\nthree", **call)
    assert "empty" in await hand.refused("replace", old_string="", **call)
    assert "the same" in await hand.refused("replace", old_string="x", **call)
    await hand.done("replace", old_string="two", expected_replacements=2, **call)
    assert (hand.place / "a").read_bytes() == b"one x x\r\nthree\r\n"


async def test_a_replacement_that_would_explode(tmp_path):
    async with opened(tmp_path, file_bytes=1_000) as hand:
        await hand.write("a", "x" * 1_000)
        wish = {"old_string": "x", "new_string": "y" * 1_000_000, "expected_replacements": 1_000}
        assert "more than 1000 bytes" in await hand.refused("replace", path="a", **wish)


async def test_binary_files_are_said_to_be_so(hand):
    (hand.place / "b").write_bytes(b"\x89PNG\0\xff")
    assert "binary file of 6 bytes" in await hand.done("read_file", path="b")
    assert "binary" in await hand.refused("replace", path="b", old_string="P", new_string="Q")
    deleted = await hand.call("delete_file", path="b")
    assert deleted.changes[0].diff == ""


async def test_pages_of_a_long_file(tmp_path):
    async with opened(tmp_path, output_bytes=1_000) as hand:
        await hand.write("long", "".join(f"line {number}\n" for number in range(1, 501)))
        first = await hand.done("read_file", path="long")
        assert first.startswith("line 1\nline 2\n")
        at = int(first.rpartition(" ")[2].rstrip(")"))
        assert f"(lines 1 to {at - 1} of 500; go on with offset {at})" in first
        second = await hand.done("read_file", path="long", offset=at, limit=2)
        assert second.startswith(f"line {at}\nline {at + 1}\n(lines {at} to {at + 1} of 500")
        assert "only 500 lines" in await hand.done("read_file", path="long", offset=501)
        await hand.write("wide", "w" * 100_000 + "\nend\n")
        assert (await hand.done("read_file", path="wide", offset=2)) == "end"


async def test_a_line_beyond_all_pages_is_cut(hand):
    await hand.write("wide", "w" * 100_000 + "\nend\n")
    said = await hand.done("read_file", path="wide")
    assert "w...\nend\n(a very long line is cut here" in said
    assert len(said) < 64 * KIB


async def test_the_limits_of_files(tmp_path):
    async with opened(tmp_path, file_bytes=100, total_bytes=250, files=4) as hand:
        assert (await hand.write("a", "é" * 50)).ok
        assert "may have 100 bytes, and this has 102" in (await hand.write("b", "é" * 51)).output
        assert (await hand.write("b", "x" * 100)).ok
        assert "would make them 251" in (await hand.write("c", "x" * 51)).output
        assert (await hand.write("c", "x" * 50)).ok
        assert (await hand.write("c", "y" * 50)).ok
        await hand.done("delete_file", path="b")
        assert (await hand.write("d", "x" * 100)).ok
        assert "no more than 4 files" in (await hand.write("e", "")).output
        assert sorted(os.listdir(hand.place)) == ["a", "c", "d"]


async def test_a_listing_that_is_too_long(tmp_path):
    async with opened(tmp_path, listed=10, walked=30) as hand:
        for number in range(40):
            (hand.place / f"{number:02}").write_text("x")
        said = await hand.done("list_directory")
        assert "only the first 10 entries" in said
        assert "only the first 30 entries were looked at" in said


async def test_search_and_glob(hand):
    await hand.write("src/a.py", "import os\nclass Café:\n    pass\n")
    await hand.write("src/b.ts", "class Tea {}\n")
    (hand.place / "node_modules").mkdir()
    (hand.place / "node_modules" / "c.py").write_text("class Hidden: pass\n")
    (hand.place / "bin").write_bytes(b"class \0")
    found = await hand.done("search_file_content", pattern=r"^class (\w+|Café)")
    assert found.split("\n")[:2] == ["src/a.py:2: class Café:", "src/b.ts:1: class Tea {}"]
    assert "1 file could not be searched" in found
    only = await hand.done("search_file_content", pattern="class", glob="*.py")
    assert only == "src/a.py:2: class Café:"
    one = await hand.done("search_file_content", pattern="class", path="src/b.ts")
    assert one == "src/b.ts:1: class Tea {}"
    assert await hand.done("glob", pattern="src/*.{py,ts}") == "src/a.py\nsrc/b.ts"
    assert await hand.done("glob", pattern="*.ts", path="src") == "src/b.ts"
    assert await hand.done("search_file_content", pattern="nowhere") == (
        "nothing was found\n(1 file could not be searched: binary, or large)"
    )


async def test_patterns_that_are_none(hand):
    for pattern in ("(", "(?=x)", r"(a)\1", "", "x" * 1_001, "(((x{1000}){1000}){1000})"):
        said = await hand.refused("search_file_content", pattern=pattern)
        assert "pattern" in said
    assert "without its }" in await hand.refused("glob", pattern="{a,b")
    await hand.refused("glob", pattern="../*")


async def test_a_pattern_that_would_hang_another_engine(hand):
    await hand.write("a", ("a" * 8_000 + "\n") * 100)
    assert "nothing" in await hand.done("search_file_content", pattern="(a|a)*(a|a)*(a|a)*b")


async def test_a_search_ends_at_its_limits(tmp_path):
    async with opened(tmp_path, searched_bytes=1_000, matches=3) as hand:
        await hand.write("a", "x\n" * 10)
        assert "only the first 3 matches" in await hand.done("search_file_content", pattern="x")
        for name in "bcd":
            await hand.write(name, "y" * 500)
        said = await hand.done("search_file_content", pattern="z")
        assert "became too long and was ended" in said


@pytest.mark.parametrize(
    ("glob", "path", "does"),
    [
        ("*.py", "a/b.py", True),
        ("a/*.py", "a/b/c.py", False),
        ("a/**/*.py", "a/c.py", True),
        ("a/**", "a/b/c", True),
        ("?.[!a-c]", "x.d", True),
        ("?.[!a-c]", "x.a", False),
        ("[]]", "]", True),
        ("a.b", "axb", False),
        ("{a,b}{1,2}", "b2", True),
        ("[", "[", True),
    ],
)
def test_globs(glob, path, does):
    assert glob_pattern(glob).is_in(path.encode()) is does


def test_every_tool_tells_just_the_arguments_that_it_reads():
    for shape in (*schemas.FILE_TOOLS, schemas.COMMAND_TOOL):
        wire = shape.wire()["function"]
        assert tuple(wire["parameters"]["properties"]) == shape.arguments.__struct_fields__
        hints = shape.arguments.__annotations__
        for name, told in wire["parameters"]["properties"].items():
            if hints[name] in ("str", "bool"):
                assert told["type"] == {"str": "string", "bool": "boolean"}[hints[name]]


async def test_a_folder_that_is_read_only_is_said_so(hand):
    if os.getuid() == 0:
        pytest.skip("the superuser may write everywhere")
    hand.place.chmod(0o500)
    assert "does not permit" in await hand.refused("write_file", path="a", content="x")
    hand.place.chmod(0o700)
