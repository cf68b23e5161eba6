"""`nightdesk submit tag` against a real server with a folder of pictures and a WD14 tagger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sklearn import datasets

from nightdesk import AsyncClient, Client
from nightdesk.cli.app import run
from tests.support.tagging import wd14_folder

PHOTOGRAPHS = Path(datasets.__file__).parent / "images"


@pytest.fixture
def tagging(start_server, tmp_path, capsys, monkeypatch):
    """`tagging(...)`: (exit code, files of tags, stderr) of `submit tag ... --wait`."""
    pets = tmp_path / "pets"
    pets.mkdir()
    (pets / "china.jpg").write_bytes((PHOTOGRAPHS / "china.jpg").read_bytes())
    (pets / "lie.png").write_bytes((PHOTOGRAPHS / "flower.jpg").read_bytes())
    (pets / "broken.jpg").write_bytes(b"no picture")
    folder = wd14_folder(tmp_path / "tagger")
    opened = ("--images-dir", f"pets={pets}", "--images-dir", f"mine={pets}:rw")
    server = start_server(*opened, "--tagger-dir", folder)
    monkeypatch.setenv("NIGHTDESK_URL", server.url)

    def command(*arguments, language="en_GB.UTF-8"):
        given = ("submit", "tag", *map(str, arguments), "--wait", "--json")
        code = run(given, {"LANG": language})
        told = capsys.readouterr()
        with Client(server.url) as desk:
            job = max(desk.jobs(), key=lambda job: job.created_at, default=None)
            files = {}
            for made in [] if job is None else desk.artifacts(job.id):
                to = tmp_path / "made"
                desk.download(job.id, made.name, to)
                files[made.name] = to.read_text("utf-8")
        return code, files, told.err

    return command


def test_pictures_are_tagged_where_they_are(tagging):
    code, files, err = tagging("--folder", "pets", "--threshold", "0.2")
    assert code == 1, err
    assert files == {"pets/china.txt": "palace\n", "pets/lie.txt": "daisy\n"}
    flags = ("--analyzer", "wd14tagger", "--threshold", "0", "--save-type", "json")
    code, files, err = tagging("--folder", "pets", *flags)
    told = json.loads(files["pets/china.json"])
    assert {tag["name"] for tag in told["tags"]} == {"blue_sky", "green_leaves"}
    assert told["ratings"] == {"general": 0.5}
    code, files, err = tagging(PHOTOGRAPHS, "--threshold", "0.2", "--language", "zh")
    assert code == 0, err
    assert sorted(files.values()) == ["宫殿\n", "雏菊\n"]


def test_what_cannot_be_done_is_said(tagging, tmp_path):
    assert tagging()[0] == 2
    assert tagging("a.jpg", "--folder", "pets")[0] == 2
    code, _, err = tagging(tmp_path / "none.jpg")
    assert (code, "none.jpg" in err) == (2, True)
    (tmp_path / "nothing").mkdir()
    code, _, err = tagging(tmp_path / "nothing", language="zh_CN.UTF-8")
    assert (code, "没有图片" in err) == (2, True)
    code, _, err = tagging("--folder", "dogs")
    assert (code, "there are: pets" in err) == (2, True)


def test_tags_are_put_beside_pictures_where_that_is_allowed(tagging, tmp_path):
    given = ("--threshold", "0.2", "--save-beside", "--limit", "2")
    code, files, err = tagging("--folder", "pets", *given)
    assert (code, "--images-dir pets=FOLDER:rw" in err, files) == (2, True, {})
    code, files, err = tagging("--folder", "mine", *given)
    assert (code, files) == (1, {"mine/china.txt": "palace\n"})
    assert (tmp_path / "pets" / "china.txt").read_text() == "palace\n"
    assert not (tmp_path / "pets" / "lie.txt").exists()


def test_folders_are_listed_and_so_is_what_is_in_them(tagging, capsys):
    assert run(("folders", "--json"), {}) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["path"], one["images_n"], one["writable"]) for one in found] == [
        ("pets", 3, False),
        ("mine", 3, True),
    ]
    assert run(("folders", "pets"), {}) == 0
    assert "pets/china.jpg" in capsys.readouterr().out
    assert run(("folders", "none"), {}) == 2


async def test_the_other_client_lists_them_too(tagging):
    async with AsyncClient() as desk:
        assert {folder.path for folder in await desk.folders()} == {"pets", "mine"}
        names = [image.name async for image in desk.folder("pets")]
        assert names == ["broken.jpg", "china.jpg", "lie.png"]
