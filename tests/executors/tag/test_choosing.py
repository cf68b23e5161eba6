"""Which things become tags, in which order, and how they are written."""

import json

from msgspec.structs import replace

from executors.tag.choosing import chosen, written
from executors.tag.items import StoredSpec, Tag

SPEC = StoredSpec(
    analyzer="imagenet",
    threshold=0.1,
    character_threshold=0.85,
    top=3,
    save_type="txt",
    tag_order="score",
    language="en",
    skip_tags=(),
    extend_tags=(),
    place="",
)
SEEN = (Tag("cat", 0.5), Tag("dog", 0.9), Tag("blue_sky", 0.7), Tag("tree", 0.2))


def names(**changes):
    return [tag.name for tag in chosen(SEEN, replace(SPEC, **changes))]


def test_the_best_come_first_and_no_more_than_wanted():
    assert names() == ["dog", "blue_sky", "cat"]
    assert names(top=1) == ["dog"]


def test_by_name_the_best_are_sorted():
    assert names(tag_order="name") == ["blue_sky", "cat", "dog"]


def test_what_is_skipped_makes_room():
    assert names(skip_tags=("Dog", "blue sky")) == ["cat", "tree"]


def test_what_every_picture_has_comes_first_and_once():
    assert names(extend_tags=("my style", "DOG", "my style"), top=2) == [
        *("my style", "DOG"),
        *("blue_sky", "cat"),
    ]


def test_equal_scores_are_sorted_by_name():
    tags = chosen([Tag("b", 0.5), Tag("a", 0.5)], SPEC)
    assert [tag.name for tag in tags] == ["a", "b"]


def test_a_file_of_text_has_names_and_one_of_json_has_all():
    tags = chosen(SEEN, SPEC)
    assert written("x.jpg", tags, {}, SPEC) == b"dog, blue_sky, cat\n"
    told = json.loads(written("x.jpg", tags, {"general": 0.5}, replace(SPEC, save_type="json")))
    assert told["image"] == "x.jpg"
    assert told["tags"][0] == {"name": "dog", "score": 0.9, "category": "general"}
    assert told["ratings"] == {"general": 0.5}


def test_nothing_seen_is_an_empty_line():
    assert written("x.jpg", [], {}, SPEC) == b"\n"
