"""The plan of a job of tags: what is stored, what is refused, what files are called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from actors.errors import InvalidSpec
from executors.tag.names import Names
from executors.tag.spec import TagSpec
from state.library import Picture
from tests.support.tagging import LIMITS

CAT = Picture(id="cat", name="cat", digest="d" * 64, format="png", width=9, height=9, size_bytes=9)


def plan(items, *, tagger=None, folders=("pets",), **spec):
    return TagSpec(tagger, folders).plan(spec, items, LIMITS)


def stored(made):
    return [json.loads(bytes(item.item)) for item in made.items]


def test_items_of_all_three_kinds_are_stored_with_the_names_of_their_files():
    made = plan(
        [
            {"picture": "cat"},
            {"file": {"job": "0af3", "name": "out/img.png"}},
            "pets/a/cat.jpg",
            {"path": "pets/a/cat.png"},
        ],
        pictures={"cat": CAT},
    )
    assert stored(made) == [
        {"image": "cat.png", "name": "cat.txt", "picture": "cat", "digest": "d" * 64},
        {
            "image": "out/img.png",
            "name": "out/img.txt",
            "file": {"job": "0af3", "name": "out/img.png"},
        },
        {"image": "pets/a/cat.jpg", "name": "pets/a/cat.txt", "path": "pets/a/cat.jpg"},
        {"image": "pets/a/cat.png", "name": "pets/a/cat.png.txt", "path": "pets/a/cat.png"},
    ]
    assert made.assets == ("d" * 64,)


def test_defaults_are_those_of_the_analyzer(tmp_path):
    made = plan(["pets/a.jpg"])
    assert (made.spec["threshold"], made.spec["top"], made.concurrency) == (0.1, 5, 16)
    made = plan(["pets/a.jpg"], analyzer="wd14tagger", tagger=tmp_path)
    assert (made.spec["threshold"], made.spec["character_threshold"]) == (0.35, 0.85)
    assert (made.spec["via"], made.spec["model"]) == ("local", "")
    assert "place" not in made.spec


def test_where_the_model_is_only_the_worker_learns(tmp_path):
    spec = TagSpec(tmp_path)
    assert Path(spec.fill_secrets({"analyzer": "wd14tagger"}, {})["place"]) == tmp_path
    assert spec.fill_secrets({"analyzer": "imagenet"}, {})["place"].endswith(".onnx")


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"picture": "dog"}, "there is no picture 'dog' in the library"),
        ({"picture": 7}, "there is no picture"),
        ({"file": {"job": "a"}}, "must be"),
        ({"file": {"job": "../b", "name": "c"}}, "file.job, must be the id of a job"),
        ({"file": {"job": "a", "name": ""}}, "file.name, must not be empty"),
        ({"path": "../x.jpg"}, "must be relative"),
        ("dogs/x.jpg", "there are: pets"),
        ("pets", "must name a file in a folder"),
        ({"path": "pets/a.jpg", "picture": "cat"}, "one of picture, file, path"),
        ({"path": "pets/a.jpg", "more": 1}, "one of picture, file, path"),
        ({"digest": "d" * 64}, "one of picture, file, path"),
        (7, "one of picture, file, path"),
        (None, "one of picture, file, path"),
    ],
)
def test_items_that_name_nothing_are_refused(item, reason):
    with pytest.raises(InvalidSpec, match=reason):
        plan([item], pictures={"cat": CAT})


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (
            {"analyzer": "danbooru"},
            "analyzer, must be one of imagenet, wd14tagger, deepbooru, clip",
        ),
        ({"analyzer": "wd14tagger"}, "--tagger-dir"),
        ({"threshold": 1.5}, "threshold, must be a number from 0 to 1"),
        ({"threshold": True}, "threshold, must be"),
        ({"top": 0}, "top, must be a whole number from 1 to 1000"),
        ({"save_type": "xml"}, "save_type, must be one of txt, json"),
        ({"tag_order": "size"}, "tag_order, must be one of score, name"),
        ({"language": "fr"}, "language, must be one of en, zh"),
        ({"skip_tags": "cat"}, "skip_tags, must be a list"),
        ({"extend_tags": ["a, b"]}, "has no comma"),
        ({"extend_tags": ["a\nb"]}, "no line break"),
        ({"skip_tags": ["x"] * 1_001}, "at most 1,000 tags"),
        ({"concurrency": 17}, "concurrency, must be a whole number from 1 to 16"),
        ({"pictures": {"cat": {"digest": "d"}}}, "are named by items"),
        ({"place": "/etc/passwd"}, "place, is not a field of a job of tags"),
        ({"via": "cloud"}, "via, must be one of local, webui"),
        ({"via": "webui"}, "via, must be local for imagenet"),
        ({"analyzer": "clip", "via": "local"}, "via, must be webui for clip"),
        ({"analyzer": "deepbooru"}, "--webui"),
        ({"model": "x" * 201}, "model, is longer than 200"),
    ],
)
def test_specs_that_cannot_be_kept_are_refused(spec, reason):
    with pytest.raises(InvalidSpec, match=reason):
        plan(["pets/a.jpg"], **spec)


def test_without_folders_no_path_is_taken():
    with pytest.raises(InvalidSpec, match="there are none"):
        plan(["pets/a.jpg"], folders=())


def test_every_file_has_a_name_of_its_own():
    names = Names("txt")
    given = ["a.jpg", "a.png", "A.jpg", "a.png", "a.png", ".jpg", "x/..jpg", "b" * 300 + ".jpg"]
    made = [names.name_of(image) for image in given]
    assert made[:5] == ["a.txt", "a.png.txt", "A.jpg.txt", "a.png (2).txt", "a.png (3).txt"]
    assert len({name.casefold() for name in made}) == len(made)
    assert all(len(name) < 200 and not name.startswith(".") for name in made)


def test_many_equal_names_take_no_longer_each():
    names = Names("json")
    made = [names.name_of("a.jpg") for _ in range(20_000)]
    assert made[-1] == "a.jpg (19999).json"


@pytest.mark.parametrize(
    ("analyzer", "asked", "tagger", "webui", "via"),
    [
        ("wd14tagger", None, True, True, "local"),
        ("wd14tagger", None, False, True, "webui"),
        ("wd14tagger", "webui", True, True, "webui"),
        ("wd14tagger", "local", True, False, "local"),
        ("deepbooru", None, False, True, "webui"),
        ("clip", "webui", True, True, "webui"),
        ("imagenet", None, True, True, "local"),
        ("wd14tagger", "local", False, True, "no model of its own"),
        ("wd14tagger", "webui", True, False, "has none"),
        ("wd14tagger", None, False, False, "--tagger-dir, or a WebUI"),
        ("deepbooru", None, True, False, "has none"),
    ],
)
def test_who_looks_is_who_can(tmp_path, analyzer, asked, tagger, webui, via):
    executor = TagSpec(tmp_path if tagger else None, ["pets"], webui=webui)
    spec = {"analyzer": analyzer, "via": asked, "concurrency": 16}
    if " " in via:
        with pytest.raises(InvalidSpec, match=via):
            executor.plan(spec, ["pets/a.jpg"], LIMITS)
        return
    made = executor.plan(spec, ["pets/a.jpg"], LIMITS)
    assert made.spec["via"] == via
    [item] = made.items
    by_webui = via == "webui"
    assert (executor.pool_of(made.spec), item.key) == (
        ("net", "webui") if by_webui else ("cpu", "")
    )
    assert (made.concurrency, made.retries) == ((1, 2) if by_webui else (16, 0))


def test_a_job_of_before_is_looked_at_here():
    assert TagSpec(webui=True).pool_of({"analyzer": "imagenet"}) == "cpu"
