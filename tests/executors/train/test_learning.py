"""What is learned: the split, the sums, the report. On features that are made up."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from executors.refusals import Refused
from executors.train import export
from executors.train.drawing import drawn
from executors.train.fitting import Fit
from executors.train.handing import FEATURES, packed, unpacked
from executors.train.items import Example, Head, StoredSpec
from executors.train.learning import Learning
from executors.train.splitting import looks_of, split
from executors.vision.session import onnxruntime

SPEC = StoredSpec(name="made up", validation=0.2, seed=7, epochs=5, whole=False, model="")


def clouds(labels_n, count, seed=0):
    """(features, labels) of so many pictures a label, each a cloud of its own."""
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(labels_n), count)
    middles = random.random((labels_n, FEATURES))
    spread = random.normal(scale=0.5, size=(len(labels), FEATURES))
    return np.maximum(middles[labels] + spread, 0).astype(np.float16), labels


def head_of(names, labels, missing_n=0):
    examples = tuple(Example(f"{at}.png", int(label)) for at, label in enumerate(labels))
    return Head(tuple(names), examples, missing_n)


def learned(names, count, **changes):
    features, labels = clouds(len(names), count)
    learning = Learning(head_of(names, labels), features, SPEC)
    for _ in range(SPEC.epochs):
        learning.epoch()
    return learning.made()


@pytest.mark.parametrize("labels_n", [2, 3, 20])
def test_the_graph_answers_what_scikit_learn_answers(labels_n):
    features, labels = clouds(labels_n, 15)
    rows = np.arange(len(labels))
    fit = Fit(features, labels, rows, seed=0)
    for _ in range(20):
        fit.epoch()
    model = export.head(fit.weights(), [f"label {at}" for at in range(labels_n)])
    given = {"features": features.astype(np.float32)}
    (answers,) = onnxruntime.InferenceSession(model).run(["probabilities"], given)
    assert np.abs(answers - fit.probabilities(rows)).max() < 1e-5
    assert (answers.argmax(axis=1) == labels).mean() > 0.95


def test_equal_pictures_and_seeds_give_equal_models():
    one, two = learned(["a", "b", "c"], 8), learned(["a", "b", "c"], 8)
    assert one.files == two.files


def test_more_pictures_than_are_scaled_at_once_are_learned():
    features, labels = clouds(2, 2_500)
    fit = Fit(features, labels, np.arange(5_000), seed=0)
    fit.epoch()
    found = fit.probabilities(np.arange(5_000)).argmax(axis=1)
    assert (found == labels).mean() > 0.99


def test_what_it_mistakes_is_listed_the_surest_first():
    features, labels = clouds(3, 20)
    # Those that are kept back are all of another label than they say.
    looks = looks_of([row.tobytes() for row in features], labels)
    kept = split(labels, looks, SPEC.validation, SPEC.seed)[1]
    shifted = labels.copy()
    shifted[kept] = (labels[kept] + 1) % 3
    head = head_of("abc", labels)
    learning = Learning(head, features, SPEC)
    learning._labels = shifted
    for _ in range(SPEC.epochs):
        learning.epoch()
    made = learning.made()
    report = json.loads(made.files["report.json"])
    assert made.told["accuracy"] == 0.0
    assert (report["mistakes_n"], len(report["mistakes"])) == (12, 12)
    scores = [mistake["score"] for mistake in report["mistakes"]]
    assert scores == sorted(scores, reverse=True)
    assert {(each["label"], each["taken_for"]) for each in report["mistakes"]} == {
        ("b", "a"),
        ("c", "b"),
        ("a", "c"),
    }


def test_without_any_kept_back_nothing_is_said_of_how_well_it_does():
    features, labels = clouds(2, 3)
    spec = StoredSpec(name="x", validation=0.0, seed=0, epochs=1, whole=False, model="")
    learning = Learning(head_of("ab", labels), features, spec)
    learning.epoch()
    facts = json.loads(learning.made().files["model.json"])
    assert (facts["accuracy"], facts["validated_n"], facts["learned_n"]) == (None, 0, 6)
    assert facts["by_label"][0]["precision"] is None


def test_labels_with_one_picture_and_pictures_that_are_missing_are_told():
    features, labels = clouds(2, 4)
    names, labels = ["many", "few"], np.array([0] * 7 + [1])
    learning = Learning(head_of(names, labels, missing_n=3), features, SPEC)
    assert learning.warnings == [
        "1 labels have one picture, which is learned from: few",
        "3 pictures could not be looked at",
    ]


def test_copies_and_pictures_with_two_labels_are_told():
    features, labels = clouds(2, 6)
    features[1], features[6] = features[0], features[0]
    learning = Learning(head_of("ab", labels), features, SPEC)
    assert learning.warnings == [
        "2 pictures are copies: no picture is learned from and tested",
        "3 pictures are the same under two labels: 0.png, 1.png, 6.png",
    ]


def test_what_is_learned_by_heart_is_not_taken_for_known():
    """Pictures of nothing but noise, each five times: half of them are guessed, and no more."""
    random = np.random.default_rng(3)
    features = np.repeat(random.random((40, FEATURES)), 5, axis=0).astype(np.float16)
    labels = np.repeat(random.permutation(np.repeat([0, 1], 20)), 5)
    learning = Learning(head_of("ab", labels), features, SPEC)
    for _ in range(30):
        learning.epoch()
    assert learning.made().told["accuracy"] < 0.8


def test_one_label_is_too_few():
    with pytest.raises(Refused, match=r"2 pictures of 1 labels could be looked at, 5 could not"):
        Learning(head_of("a", [0, 0], 5), np.zeros((2, FEATURES), np.float16), SPEC)


def test_a_label_that_looks_like_a_formula_is_none_in_the_table():
    made = learned(["=1+1", "b"], 5)
    assert made.files["confusion.csv"].decode("utf-8-sig").splitlines()[0] == "label,'=1+1,b"


def test_what_is_handed_over_comes_back_and_torn_it_is_refused():
    head = head_of("ab", [0, 1], 4)
    rows = [bytes([at]) * 2_560 for at in (1, 2)]
    back, view = unpacked(packed(head, rows))
    assert (back, bytes(view)) == (head, b"".join(rows))
    with pytest.raises(ValueError, match="2 examples have 2560 bytes"):
        unpacked(packed(head, rows[:1]))


@pytest.mark.parametrize(("labels_n", "side"), [(2, 160), (100, 1_200), (1_000, 2_000)])
def test_the_table_is_drawn_for_few_labels_and_for_many(labels_n, side):
    names = ["猫", *(f"label {at}" for at in range(1, labels_n))]
    confusion = np.eye(labels_n, dtype=np.int64)
    confusion[0, 1] = 3
    picture = Image.open(io.BytesIO(drawn(names, confusion)))
    assert side * 0.8 <= picture.height <= side * 1.3
    assert len(picture.convert("RGB").getcolors(1_000_000)) > 2


def test_of_long_names_the_ends_are_seen():
    confusion = np.eye(2, dtype=np.int64)
    one, other = (drawn([f"{'a' * 40} {at}" for at in pair], confusion) for pair in ("12", "13"))
    assert one != other


def test_a_number_that_does_not_fit_into_its_cell_is_left_out():
    confusion = np.eye(100, dtype=np.int64)
    one, huge, more = (drawn(["a"] * 100, confusion * count) for count in (1, 10**9, 10**10))
    assert one != huge == more
