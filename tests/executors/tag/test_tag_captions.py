"""What the WebUI says of pictures: names with commas, or scores; and what is none of both."""

import orjson
import pytest

from executors.tag.captions import MAX_TAG_CHARS, MAX_TAGS, read_models, read_scores, read_text
from executors.webui.answers import BadAnswer


def said(caption):
    return orjson.dumps({"caption": caption, "more": 1})


def tags(seen):
    return [(tag.name, tag.score) for tag in seen.tags]


@pytest.mark.parametrize(
    ("caption", "told"),
    [
        ("a fox, red hair", [("a fox", 1.0), ("red hair", 1.0)]),
        ("(fox:0.98), (red hair:0.2), tail", [("fox", 0.98), ("tail", 1.0)]),
        ("saber \\(fate\\), (x \\(y\\):0.7)", [("saber (fate)", 1.0), ("x (y)", 0.7)]),
        ("(odd:9.5),(:1), ,", [("odd", 1.0), ("(:1)", 1.0)]),
        ("", []),
        ("fox\x1b[31m\nred", [("fox\ufffd[31m\ufffdred", 1.0)]),
    ],
)
def test_names_with_commas(caption, told):
    assert tags(read_text(said(caption), 0.5)) == told


def test_scores_and_ratings_in_both_shapes():
    flat = {"general": 0.8, "explicit": 0.12345, "fox": 0.5, "hat": 0.9, "dim": 0.1}
    parted = {"rating": {"general": 0.8, "explicit": 0.12345}, "tag": {"fox": 0.5, "hat": 0.9}}
    for caption in (flat, parted):
        seen = read_scores(said(caption), 0.35)
        assert tags(seen) == [("hat", 0.9), ("fox", 0.5)]
        assert seen.ratings == {"general": 0.8, "explicit": 0.1235}


def test_scores_that_are_none_are_left_out_and_others_kept_in_bounds():
    seen = read_scores(said({"a": "0.9", "b": None, "c": 7, "d": True, "e,f": 0.5, "": 1}), 0.1)
    assert tags(seen) == [("c", 1.0), ("d", 1.0), ("e f", 0.5)]


def test_floods_are_cut():
    assert len(read_text(said("x," * 100_000), 0).tags) == MAX_TAGS
    assert len(read_scores(said({f"t{i}": 0.5 for i in range(50_000)}), 0).tags) == MAX_TAGS
    [tag] = read_text(said("x" * 10_000), 0).tags
    assert len(tag.name) == MAX_TAG_CHARS


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", said(7), said(None), said(["x"])])
def test_answers_that_are_none(body):
    for read in (read_text, read_scores):
        with pytest.raises(BadAnswer, match="not what its API promises"):
            read(body, 0)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"models": [1]}', b'{"models": "x"}'])
def test_models_that_are_none(body):
    with pytest.raises(BadAnswer):
        read_models(body)
