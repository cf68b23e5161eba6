"""`nightdesk submit train` and `submit classify` against a real server with a jail."""

from __future__ import annotations

import json
import zipfile

import pytest

from nightdesk import Client
from nightdesk.cli.app import run
from tests.support.learning import labelled, stripes


@pytest.fixture
def marks(tmp_path):
    """A folder with two labels of eight pictures each."""
    place = tmp_path / "marks"
    for at, (label, data) in enumerate(labelled(8)):
        (place / label).mkdir(parents=True, exist_ok=True)
        (place / label / f"{at}.png").write_bytes(data)
    return place


@pytest.fixture
def submit(start_server, marks, capsys, monkeypatch):
    """`submit(...)`: (exit code, results of the newest job by picture, stderr)."""
    server = start_server("--images-dir", f"marks={marks}")
    monkeypatch.setenv("NIGHTDESK_URL", server.url)

    def command(*arguments, language="en_GB.UTF-8"):
        given = ("submit", *map(str, arguments), "--wait", "--json")
        code = run(given, {"LANG": language})
        told = capsys.readouterr()
        results = {}
        if code != 2:
            assert run(("export", "last"), {}) == 0
            lines = capsys.readouterr().out.splitlines()
            results = {each["image"]: each for each in map(json.loads, lines)}
        return code, results, told.err

    command.url = server.url
    return command


def test_a_model_is_learned_of_a_folder_an_archive_or_the_servers_and_used(
    submit, marks, tmp_path, capsys
):
    code, told, err = submit("train", marks)
    assert code == 0, err
    assert (told["marks"]["accuracy"], told["marks"]["pictures_n"]) == (1.0, 16)
    archive = tmp_path / "photos.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in marks.rglob("*.png"):
            packed.write(path, f"all/{path.relative_to(marks)}")
    code, told, err = submit("train", archive, "--name", "of a zip", "--validation", "0.5")
    assert code == 0, err
    assert told["of a zip"]["validated_n"] == 8
    code, told, err = submit("train", "--folder", "marks", "--name", "theirs")
    assert code == 0, err
    with Client(submit.url) as desk:
        made = {each.name for each in desk.artifacts(next(iter(desk.jobs())).id)}
    assert {"model.onnx", "model.json", "confusion.png"} <= made
    assert not any(name.startswith("features/") for name in made)

    (tmp_path / "new.png").write_bytes(stripes(80, upright=True))
    code, told, err = submit("classify", tmp_path / "new.png", "--model", "theirs", "--top", "1")
    assert code == 0, err
    (result,) = told.values()
    assert (result["label"], len(result["labels"])) == ("upright", 1)

    # What was seen stands beside the picture for people, and for programs.
    assert run(("items", "last"), {}) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.split("\t")[-1] == f"upright {result['score']:.1%}"
    assert run(("items", "last", "--json"), {}) == 0
    (item,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (item["label"], item["score"]) == ("upright", result["score"])
    assert run(("models", "show", "theirs"), {"LANG": "zh_CN.UTF-8"}) == 0
    shown = capsys.readouterr()
    assert "认对了 100.0%" in shown.err
    assert [row.split("\t")[0] for row in shown.out.splitlines()] == ["lying", "upright"]
    code, told, err = submit("classify", "--folder", "marks/lying", "--model", "theirs")
    assert code == 0, err
    with Client(submit.url) as desk:
        assert next(iter(desk.jobs())).name == "marks/lying"


def test_what_cannot_be_done_is_said(submit, tmp_path):
    assert submit("train")[0] == 2
    assert submit("train", tmp_path, "--folder", "marks")[0] == 2
    (tmp_path / "nothing").mkdir()
    code, _, err = submit("train", tmp_path / "nothing", language="zh_CN.UTF-8")
    assert (code, "没有图片" in err) == (2, True)
    code, _, err = submit("train", tmp_path / "none.zip")
    assert (code, "none.zip" in err) == (2, True)
    code, _, err = submit("train", "--folder", "marks/lying")
    assert (code, "each of them is a label" in err) == (2, True)
    code, _, err = submit("classify", "--folder", "marks/lying", "--model", "none")
    assert (code, "there is no model 'none'" in err) == (2, True)
