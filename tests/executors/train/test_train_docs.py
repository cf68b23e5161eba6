"""docs/train.md and docs/classify.md name every field, default and limit that there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from executors.classify import options as classify_options
from executors.classify.spec import ClassifySpec
from executors.train import drawing, effort, options
from executors.train.judging import MISTAKES_TOLD
from executors.train.spec import LABELS_MIN, TrainSpec
from executors.vision import asking
from executors.vision.sources import KINDS_OF_ITEM
from state.library import FILE_MAX_BYTES
from tests.support.learning import MODELS
from tests.support.tagging import LIMITS
from web.tagging import MAX_FOLDERS

DOCS = Path(__file__).parents[3] / "docs"
TRAIN = (DOCS / "train.md").read_text("utf-8")
CLASSIFY = (DOCS / "classify.md").read_text("utf-8")


def tables_of(text, heading):
    """The rows of each table below that heading."""
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    for block in section.split("\n\n"):
        rows = [line for line in block.splitlines() if line.startswith("| ")][1:]
        if rows:
            yield [[cell.strip() for cell in line.split("|")[1:-1]] for line in rows]


def names_in(table):
    return {re.fullmatch(r"`([a-z_./<>0-9]+)`", row[0])[1] for row in table}


def defaults_in(table):
    return {row[0].strip("`"): row[1].strip("`") for row in table if row[1]}


def said(values):
    return {name: str(value).lower() for name, value in values.items()}


def test_every_field_of_training_is_explained_with_its_default():
    (table,) = tables_of(TRAIN, "Fields of the job")
    made = TrainSpec(["pets"]).plan({"name": "x"}, ["pets/a/1.jpg", "pets/b/2.jpg"], LIMITS).spec
    assert names_in(table) == made.keys()
    assert defaults_in(table) == said({name: made[name] for name in made if name != "name"})


def test_every_field_of_classifying_is_explained_with_its_default():
    (table,) = tables_of(CLASSIFY, "Fields of the job")
    asked = {"model": "m1", "models": MODELS}
    made = dict(ClassifySpec(["pets"]).plan(asked, ["pets/1.jpg"], LIMITS).spec)
    for of_the_copy in ("model_name", "model_files"):
        del made[of_the_copy]
    assert names_in(table) == made.keys()
    del made["model"]
    assert defaults_in(table) == said(made)


def test_every_kind_of_item_is_explained():
    (table,) = tables_of(TRAIN, "An item")
    assert names_in(table) == {*KINDS_OF_ITEM, "label"}


def test_every_field_of_the_result_and_every_file_is_explained(trained):
    of_picture, of_last = tables_of(TRAIN, "The result")
    assert names_in(of_picture) == trained.result(0).keys()
    assert names_in(of_last) == trained.result(26).keys()
    (files,) = tables_of(TRAIN, "The files")
    made = {re.sub(r"/\d+\.", "/<n>.", name) for name in trained.files}
    assert names_in(files) == made


@pytest.mark.parametrize(
    "words",
    [
        f"up to {options.MAX_LABEL_CHARS} characters without line breaks",
        f"or a list of up to {MAX_FOLDERS}.",
        f"up to {options.MAX_PICTURES:,} pictures of {LABELS_MIN} to {options.MAX_LABELS:,} labels",
        f"called, up to {options.MAX_NAME_CHARS} characters",
        f"0 to {options.VALIDATION_MAX} |",
        f"{effort.EPOCHS_MIN} to {effort.EPOCHS_MAX}. Left out",
        f"{effort.LEAST} to {effort.USUAL} |",
        f"(labels + {effort.COST_OF_PICTURE}) times epochs is at most {effort.MOST:,},",
        f"pictures at once, 1 to {asking.MAX_CONCURRENCY} ",
        f"worth retrying, 0 to {asking.MAX_RETRIES} ",
        f"the first {MISTAKES_TOLD:,} pictures",
        f"numbers up to {drawing.TABLE_PIXELS // drawing.CELL_WITH_TEXT} labels",
        f"{FILE_MAX_BYTES // 1024**2} MiB at most",
    ],
)
def test_the_limits_of_training_are_those_of_the_code(words):
    assert words in " ".join(TRAIN.split())


def test_the_sizes_that_fit_do_fit():
    assert effort.epochs_for(50_000, 10) >= effort.LEAST
    assert effort.epochs_for(5_000, 1_000) >= effort.LEAST


@pytest.mark.parametrize(
    "words",
    [
        f"labels a picture, up to {classify_options.MAX_TOP} ",
        f"pictures at once, 1 to {asking.MAX_CONCURRENCY} ",
        f"worth retrying, 0 to {asking.MAX_RETRIES} ",
    ],
)
def test_the_limits_of_classifying_are_those_of_the_code(words):
    assert words in " ".join(CLASSIFY.split())
