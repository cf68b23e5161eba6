"""`nightdesk submit tag` against a real server with a folder of pictures and a WD14 tagger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sklearn import datasets

from nightdesk import Client
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
    server = start_server("--images-dir", f"pets={pets}", "--tagger-dir", folder)
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
