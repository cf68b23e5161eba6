"""Pictures with labels become a model, in the jail."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import onnx
import pytest
from PIL import Image

from executors.vision.decode import decoded
from executors.vision.embedded import DECODED_SIDE, EmbeddedModel
from executors.vision.place import embedded_model
from executors.vision.session import onnxruntime
from state.model import NO_TALLY
from tests.support.learning import labelled, stripes

# The item that learns, behind 26 pictures.
LAST = 26


def told(data):
    return json.loads(bytes(data))


def test_a_model_is_learned_and_tells_of_itself(trained):
    result = trained.result(LAST)
    assert (result["accuracy"], result["labels_n"], result["pictures_n"]) == (1.0, 2, 24)
    assert (result["learned_n"], result["validated_n"], result["mistakes_n"]) == (18, 6, 0)
    facts = told(trained.files["model.json"])
    assert facts["labels"] == ["lying", "upright"]
    rows = list(csv.reader(io.StringIO(bytes(trained.files["confusion.csv"]).decode("utf-8-sig"))))
    assert rows == [["label", "lying", "upright"], ["lying", "3", "0"], ["upright", "0", "3"]]
    assert Image.open(io.BytesIO(trained.files["confusion.png"])).format == "PNG"
    assert trained.heard.said("worker_output") == []


def test_pictures_are_found_and_those_that_could_be_looked_at_are_made_of_use(trained):
    tallies = [trained.ended[at].tally for at in range(LAST + 1)]
    assert sum((tally.found for tally in tallies), 0) == 26
    assert sum((tally.made for tally in tallies), 0) == 24
    assert tallies[LAST] == NO_TALLY


def test_the_whole_takes_pictures_and_says_what_the_head_says_of_their_features(trained):
    embedded = EmbeddedModel(embedded_model())
    picture = decoded(stripes(99, upright=True), DECODED_SIDE)
    features = embedded.features([picture])
    head = onnxruntime.InferenceSession(bytes(trained.files["model.onnx"]))
    whole = onnxruntime.InferenceSession(bytes(trained.files["classifier.onnx"]))
    (of_head,) = head.run(None, {"features": features})
    from executors.vision.embedded import _batch

    # As other programs have them.
    floats = (_batch([picture]).astype(np.float32) - 127) / 128
    (of_whole,) = whole.run(None, {"pictures": floats.transpose(0, 3, 1, 2)})
    assert of_whole == pytest.approx(of_head, abs=1e-5)
    assert of_head[0, 1] > 0.9
    labels = whole.get_modelmeta().custom_metadata_map["labels"]
    assert json.loads(labels) == ["lying", "upright"]
    # Bytes with a sign would overflow on older processors, where this is for anybody to run.
    constants = onnx.load_from_string(bytes(trained.files["classifier.onnx"])).graph.initializer
    assert onnx.TensorProto.INT8 not in {constant.data_type for constant in constants}


def test_pictures_that_are_none_fail_and_the_rest_is_learned(trained):
    assert [trained.ended[at].status for at in (24, 25)] == ["failed", "failed"]
    assert trained.result(LAST)["pictures_n"] == 24
    assert told(trained.files["model.json"])["missing_n"] == 2


async def test_where_one_label_is_left_the_last_item_says_so_with_the_numbers(training):
    trained = await training({}, [*labelled(3)[:3], ("lying", b"")])
    assert trained.ended[4].error == (
        "3 pictures of 1 labels could be looked at, 1 could not: at least 2 labels are needed"
    )
