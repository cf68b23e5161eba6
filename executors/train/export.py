"""What was learned, as ONNX graphs that anyone can run.

The head takes `features` (N x 1,280, those of the embedded model) and gives `probabilities`, a
column for each label. The whole takes `pictures` as the embedded model does (`executors.vision.
export`). Both name their labels in their metadata. Used by `executors.train.run`, in the jail.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import onnx
from onnx import TensorProto, compose, helper, numpy_helper

from executors.train.fitting import Weights
from executors.train.handing import FEATURES
from executors.vision.export import IR_VERSION, OPSET
from executors.vision.place import EXPORTER, WEIGHTS_SHA256

_EMBEDDED = "embedded"


def head(weights: Weights, labels: Sequence[str]) -> bytes:
    """The file of the head."""
    return _written(_head(weights), labels)


def whole(weights: Weights, labels: Sequence[str], embedded: Path) -> bytes:
    """The file of the embedded model with the head behind it. Raises OSError."""
    before = compose.add_prefix(onnx.load(str(embedded)), f"{_EMBEDDED}/")
    joined = compose.merge_models(
        before,
        _head(weights),
        io_map=[(f"{_EMBEDDED}/features", "features")],
        inputs=[f"{_EMBEDDED}/pictures"],
        outputs=["probabilities"],
    )
    return _written(_renamed(joined, f"{_EMBEDDED}/pictures", "pictures"), labels)


def _head(weights: Weights) -> onnx.ModelProto:
    nodes = [
        helper.make_node("Gemm", ["features", "weights", "bias"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
    ]
    labels_n = weights.bias.shape[0]
    graph = helper.make_graph(
        nodes,
        "head",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", FEATURES])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", labels_n])],
        [
            numpy_helper.from_array(weights.weights, "weights"),
            numpy_helper.from_array(weights.bias, "bias"),
        ],
    )
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)


def _renamed(model: onnx.ModelProto, name: str, better: str) -> onnx.ModelProto:
    """With an input that is called as people know it."""
    for each in model.graph.input:
        each.name = better if each.name == name else each.name
    for node in model.graph.node:
        node.input[:] = [better if each == name else each for each in node.input]
    return model


def _written(model: onnx.ModelProto, labels: Sequence[str]) -> bytes:
    told = {
        "labels": json.dumps(list(labels), ensure_ascii=False),
        "features": json.dumps({"weights_sha256": WEIGHTS_SHA256, "exporter": EXPORTER}),
    }
    helper.set_model_props(model, told)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString(deterministic=True)
    return data
