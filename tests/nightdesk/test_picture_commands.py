"""`nightdesk pictures`, and the clients' calls for them, against a real server."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from PIL import Image

from nightdesk import AsyncClient, Client
from nightdesk.cli.app import run
from nightdesk.cli.pictures import ids_of
from nightdesk.client import Invalid, NotFound
from tests.support.pictures import picture

LOGO = picture(size=(4, 3))


@pytest.fixture
def nightdesk(server, capsys, monkeypatch):
    """A command against the server: (exit code, stdout, stderr)."""
    monkeypatch.setenv("NIGHTDESK_URL", server.url)

    def command(*arguments, language="en_GB.UTF-8"):
        code = run(tuple(map(str, arguments)), {"LANG": language})
        told = capsys.readouterr()
        return code, told.out, told.err

    yield command
    with Client(server.url) as desk:
        for each in desk.pictures():
            desk.delete_picture(each.id)


def packed(tmp_path, entries):
    path = tmp_path / "logos.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def test_pictures_are_kept_by_the_names_of_their_files(nightdesk, tmp_path):
    code, _, err = nightdesk("pictures", "list", language="zh_CN.UTF-8")
    assert (code, err.startswith("还没有图片")) == (0, True)
    first, second = tmp_path / "ada l.png", tmp_path / "zoë.jpg"
    first.write_bytes(LOGO)
    second.write_bytes(picture("JPEG", (9, 9)))
    code, out, err = nightdesk("pictures", "add", first, second)
    assert (code, out) == (0, "ada-l\nzo\n"), err
    assert "in a table: picture:ada-l" in err
    assert "picture:ada-l\tpng\t4x3\t0\t" in nightdesk("pictures", "list")[1]
    listed = [json.loads(line) for line in nightdesk("pictures", "list", "--json")[1].splitlines()]
    assert [(x["id"], x["name"], x["width"]) for x in listed] == [
        ("ada-l", "ada l", 4),
        ("zo", "zoë", 9),
    ]
    assert nightdesk("pictures", "remove", "picture:zo")[0] == 0
    assert nightdesk("pictures", "remove", "zo")[0] == 2


def test_an_archive_of_them_is_unpacked_here(nightdesk, tmp_path):
    data = {"a/logo.png": LOGO, "b/logo.gif": picture("GIF"), "notes.txt": b"no picture"}
    path = packed(tmp_path, {**data, "__MACOSX/a/._logo.png": b"resource fork"})
    code, out, err = nightdesk("pictures", "add", path)
    assert (code, out) == (0, "logo\nlogo-2\n"), err


def test_the_ones_that_are_none_are_told_and_the_others_kept(nightdesk, tmp_path):
    path = packed(
        tmp_path,
        {"bad.png": b"hello", "huge.png": bytes(10 * 1024 * 1024 + 1), "good.png": LOGO},
    )
    code, out, err = nightdesk("pictures", "add", path)
    assert (code, out) == (2, "good\n")
    assert "2 of them cannot be kept" in err
    assert "bad.png: " in err
    assert "huge.png: a picture has at most 10,485,760 bytes" in err


@pytest.mark.parametrize(
    ("entries", "flags", "told"),
    [
        ({"notes.txt": b""}, (), "there is no picture in it"),
        ({"a.png": LOGO, "b.png": LOGO}, ("--id", "a"), "are for a single picture"),
    ],
)
def test_what_cannot_be_meant_is_told_before_anything_is_sent(
    nightdesk, tmp_path, entries, flags, told
):
    code, out, err = nightdesk("pictures", "add", packed(tmp_path, entries), *flags)
    assert (code, out) == (2, "")
    assert told in err
    assert nightdesk("pictures", "list")[1] == ""


def test_what_is_no_archive_is_told(nightdesk, tmp_path):
    path = tmp_path / "no.zip"
    path.write_bytes(b"hello")
    assert "cannot be unpacked" in nightdesk("pictures", "add", path)[2]
    assert nightdesk("pictures", "add", tmp_path / "gone.zip")[0] == 2


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        (["a.png", "a.jpg", "x/a.gif"], ["a", "a-2", "a-3"]),
        (["张三.png", "..png", "a-2.png"], [None, None, "a-2"]),
        (["a.png", "a-2.png", "a.gif"], ["a", "a-2", "a-3"]),
        (["x" * 90 + ".png"], ["x" * 60]),
    ],
)
def test_a_name_that_can_be_no_id_is_left_to_the_server(names, ids):
    assert list(ids_of(names)) == ids


async def test_the_client_for_trio_has_the_same_calls(nightdesk, server, tmp_path):
    async with AsyncClient(server.url) as desk:
        kept = await desk.add_picture("logo.png", LOGO, id="logo", name="Our logo")
        assert (kept.id, kept.name, kept.width, kept.uses) == ("logo", "Our logo", 4, 0)
        assert await desk.pictures() == (kept,)
        assert await desk.picture_file("logo", tmp_path / "logo.png") == len(LOGO)
        with Image.open(io.BytesIO((tmp_path / "logo.png").read_bytes())) as found:
            assert found.size == (4, 3)
        with pytest.raises(Invalid):
            await desk.add_picture("logo.png", b"hello")
        await desk.delete_picture("logo")
        with pytest.raises(NotFound):
            await desk.delete_picture("logo")
