"""No path, and nothing in the folder, leads a tool out of it: with openat2, and step by step."""

from __future__ import annotations

import os
import socket
import threading

import pytest

from executors.agent.files.refused import ToolRefused
from executors.agent.files.root import KernelOpener, Root, StepOpener
from tests.support.agent_folders import OPENERS, opened, tree

SECRET = "the secret of the house"

PATHS = [
    "../outside.txt",
    "a/../../outside.txt",
    "..",
    "/etc/passwd",
    "//etc/passwd",
    "~/x",
    "../workdir-evil/x.txt",
    "/proc/self/environ",
    "a//b",
    "a/./b",
    "a/",
    ".",
    "",
    "x\0y",
    "x\ny",
    "a\u202eb",
    "a\u200bb",
    "C:\\x",
    "a\\b",
    "c:x",
    "nul",
    "CON.txt",
    "com1.tar.gz",
    "lpt9 .txt",
    "ends in dot.",
    "ends in space ",
    " begins",
    'quo"te',
    "star*",
    "n" * 201,
    "é" * 101,
    "a/b/c/d/e/f/g",
    "/".join(["x" * 190] * 6),
    ".git/hooks/pre-commit",
    ".GIT/config",
    "sub/.git",
    ".env",
    ".nightdesk-0123",
]


@pytest.fixture(params=sorted(OPENERS))
async def hand(request, tmp_path):
    (tmp_path / "workdir-evil").mkdir()
    (tmp_path / "workdir-evil" / "x.txt").write_text(SECRET)
    (tmp_path / "outside.txt").write_text(SECRET)
    async with opened(tmp_path, opener=OPENERS[request.param]) as made:
        yield made


@pytest.mark.parametrize("path", PATHS, ids=ascii)
async def test_what_is_no_path_of_the_folder_is_refused_by_every_tool(hand, path):
    calls = [
        ("read_file", {"path": path}),
        ("write_file", {"path": path, "content": "x"}),
        ("replace", {"path": path, "old_string": "secret", "new_string": "x"}),
        ("delete_file", {"path": path}),
    ]
    if path not in ("", ".", "a/"):
        calls += [
            ("list_directory", {"path": path}),
            ("search_file_content", {"path": path, "pattern": "."}),
            ("glob", {"path": path, "pattern": "*"}),
        ]
    for name, arguments in calls:
        assert SECRET not in await hand.refused(name, **arguments)
    assert tree(hand.place) == {}


async def test_half_a_character_in_a_path_or_a_text(hand):
    for name in ("path", "content"):
        arguments = {"path": "x", "content": "y"}
        text = str({**arguments, name: "@"}).replace("'", '"').replace("@", "\\ud800")
        result = await hand.raw("write_file", text)
        assert "surrogate" in result.output
    assert tree(hand.place) == {}


async def everything_refused(hand, path, *, beneath=None):
    """No tool reads, writes or removes what is there."""
    for target in filter(None, (path, beneath)):
        for name, arguments in (
            ("read_file", {}),
            ("write_file", {"content": "owned"}),
            ("replace", {"old_string": "secret", "new_string": "owned"}),
            ("delete_file", {}),
        ):
            assert SECRET not in await hand.refused(name, path=target, **arguments)
    found = await hand.call("search_file_content", pattern="secret")
    assert SECRET not in found.output


async def test_links_to_files_folders_and_nowhere(hand, tmp_path):
    (hand.place / "file").symlink_to(tmp_path / "outside.txt")
    (hand.place / "dangling").symlink_to(tmp_path / "not-there")
    (hand.place / "inside").symlink_to("real")
    (hand.place / "real").write_text("x")
    (hand.place / "folder").symlink_to(tmp_path / "workdir-evil")
    (hand.place / "proc").symlink_to("/proc/self")
    (tmp_path / "workdir-evil" / "deep").mkdir()
    (tmp_path / "workdir-evil" / "deep" / "y").write_text(SECRET)
    await everything_refused(hand, "file")
    await everything_refused(hand, "dangling")
    await everything_refused(hand, "inside")
    await everything_refused(hand, "folder", beneath="folder/x.txt")
    await everything_refused(hand, "folder/deep", beneath="folder/deep/y")
    await everything_refused(hand, "proc", beneath="proc/environ")
    await hand.refused("list_directory", path="folder")
    await hand.refused("write_file", path="folder/new/deep.txt", content="x")
    assert (tmp_path / "outside.txt").read_text() == SECRET
    assert not (tmp_path / "not-there").exists()
    assert sorted(os.listdir(tmp_path / "workdir-evil")) == ["deep", "x.txt"]
    assert (tmp_path / "workdir-evil" / "deep" / "y").read_text() == SECRET
    listed = await hand.done("list_directory", recursive=True)
    assert "x.txt" not in listed
    assert listed.count("a symbolic link: not usable") == 5


async def test_a_hard_link_is_left_alone(hand, tmp_path):
    os.link(tmp_path / "outside.txt", hand.place / "linked")
    await everything_refused(hand, "linked")
    assert (tmp_path / "outside.txt").read_text() == SECRET
    assert "hard link" in await hand.refused("read_file", path="linked")


async def test_pipes_sockets_and_devices_are_never_opened(hand, tmp_path, monkeypatch):
    os.mkfifo(hand.place / "pipe")
    monkeypatch.chdir(hand.place)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        names = ["pipe", "socket"]
        if os.getuid() == 0:
            os.mknod("device", 0o666 | 0o020000, os.makedev(1, 5))
            names.append("device")
        for name in names:
            await everything_refused(hand, name)
            assert "no regular file" in await hand.refused("read_file", path=name)


async def test_names_that_no_path_can_have_are_passed_over(hand):
    for name in (b"\xff\xfe", b"line\nfeed", b".git"):
        (hand.place / os.fsdecode(name)).write_text(SECRET)
    assert "3 entries are out of bounds" in await hand.done("list_directory")
    assert SECRET not in await hand.done("search_file_content", pattern="secret")


async def test_a_name_that_differs_in_its_case_alone(hand):
    await hand.write("README.md")
    assert "README.md" in await hand.refused("write_file", path="readme.md", content="x")
    await hand.done("delete_file", path="README.md")
    assert (await hand.write("readme.md")).ok


class Between:
    """Acts at the worst moment: a name was looked at, and is not yet opened. `opened` are those
    that were."""

    def __init__(self, inner, name, act):
        self._inner = inner
        self._name = name
        self._act = act
        self.opened = []

    def open(self, folder, path, flags, mode=0):
        self.opened.append(path)
        if path == self._name:
            self._act()
        return self._inner.open(folder, path, flags, mode)


@pytest.fixture(params=["kernel", "steps"])
def real(request):
    return KernelOpener() if request.param == "kernel" else StepOpener()


def nested(tmp_path):
    """The same names inside and outside."""
    place, outside = tmp_path / "workdir", tmp_path / "outside"
    for folder, text in ((place / "sub", "inside"), (outside, SECRET)):
        (folder / "in").mkdir(parents=True)
        (folder / "in" / "x").write_text(text)
    return place, outside


@pytest.mark.parametrize("swapped", ["sub", "sub/in", "sub/in/x"])
def test_a_link_that_is_swapped_in_at_the_worst_moment(tmp_path, real, swapped):
    place, outside = nested(tmp_path)

    def swap():
        (place / swapped).rename(tmp_path / "away")
        (place / swapped).symlink_to(outside / swapped[4:])

    name = "x" if swapped.endswith("x") else "sub/in"
    root = Root(place, Between(real, name, swap))
    assert read(root) is None
    root.close()


def test_a_link_that_is_swapped_in_and_out_all_the_time(tmp_path, real):
    place, outside = nested(tmp_path)
    done = threading.Event()

    def swap():
        while not done.is_set():
            for path in (place / "sub", place / "sub" / "in" / "x"):
                path.rename(tmp_path / "away")
                path.symlink_to(outside if path.name == "sub" else outside / "in" / "x")
                path.unlink()
                (tmp_path / "away").rename(path)

    root = Root(place, real)
    thread = threading.Thread(target=swap)
    thread.start()
    try:
        seen = {read(root) for _ in range(2_000)}
    finally:
        done.set()
        thread.join()
        root.close()
    assert seen <= {"inside", None}


def test_what_is_no_file_is_not_even_opened(tmp_path, real):
    os.mkfifo(tmp_path / "pipe")
    opener = Between(real, "", lambda: None)
    root = Root(tmp_path, opener)
    with pytest.raises(ToolRefused, match="no regular file"), root.reading("pipe"):
        pass
    assert opener.opened == []
    root.close()


def read(root):
    try:
        with root.reading("sub/in/x") as (handle, _):
            return os.read(handle, 100).decode()
    except (OSError, ToolRefused):
        return None


def test_this_machine_has_the_kernel_s_way(tmp_path):
    """Else the tests above have tried one way twice."""
    root = Root(tmp_path)
    assert isinstance(root._opener, KernelOpener) or os.uname().sysname != "Linux"
    root.close()
