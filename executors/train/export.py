"""What was learned, as ONNX graphs that anyone can run.

The head takes `features` (N x 1,280, those of the embedded model) and gives `probabilities`, a
column for each label. The whole takes `pictures` in floats, as other programs have them, and makes
of them the bytes that the embedded model takes (`executors.vision.quantized`): no picture loses by
it. Both name their labels in their metadata. Used by `executors.train.run`, in the jail.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, compose, helper, numpy_helper

from executors.train.fitting import Weights
from executors.train.handing import FEATURES
from executors.vision.network import IR_VERSION, OPSET, SIDE
from executors.vision.place import EXPORTER, WEIGHTS_SHA256

_EMBEDDED = "embedded"


def head(weights: Weights, labels: Sequence[str]) -> bytes:
    """The file of the head."""
    return _written(_head(weights), labels)


def whole(weights: Weights, labels: Sequence[str], embedded: Path) -> bytes:
    """The file of the embedded model with the head behind it. Raises OSError."""
    before = compose.add_prefix(_unsigned(onnx.load(str(embedded))), f"{_EMBEDDED}/")
    seen = compose.merge_models(
        _bytes_of_floats(), before, io_map=[("bytes", f"{_EMBEDDED}/pictures")]
    )
    joined = compose.merge_models(
        seen,
        _head(weights),
        io_map=[(f"{_EMBEDDED}/features", "features")],
        outputs=["probabilities"],
    )
    return _written(joined, labels)


def _unsigned(model: onnx.ModelProto) -> onnx.ModelProto:
    """With weights whose bytes have no sign; they mean the same. Products of others overflow on
    older processors (`executors.vision.session.adds_exactly`), and who runs it there may not know
    how to ask for precision."""
    for constant in model.graph.initializer:
        if constant.data_type == TensorProto.INT8:
            shifted = numpy_helper.to_array(constant).astype(np.int16) + 128
            constant.CopyFrom(numpy_helper.from_array(shifted.astype(np.uint8), constant.name))
    return model


def _bytes_of_floats() -> onnx.ModelProto:
    """From N x 3 x 224 x 224, (RGB - 127) / 128, to the bytes that these were."""
    nodes = [
        helper.make_node("QuantizeLinear", ["pictures", "step", "zero"], ["turned"]),
        helper.make_node("Transpose", ["turned"], ["bytes"], perm=[0, 2, 3, 1]),
    ]
    step = numpy_helper.from_array(np.array(1 / 128, np.float32), "step")
    zero = numpy_helper.from_array(np.array(127, np.uint8), "zero")
    return _model(
        helper.make_graph(
            nodes,
            "bytes",
            [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["N", 3, SIDE, SIDE])],
            [helper.make_tensor_value_info("bytes", TensorProto.UINT8, ["N", SIDE, SIDE, 3])],
            [step, zero],
        )
    )


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
    return _model(graph)


def _model(graph: onnx.GraphProto) -> onnx.ModelProto:
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)


def _written(model: onnx.ModelProto, labels: Sequence[str]) -> bytes:
    told = {
        "labels": json.dumps(list(labels), ensure_ascii=False),
        "features": json.dumps({"weights_sha256": WEIGHTS_SHA256, "exporter": EXPORTER}),
    }
    helper.set_model_props(model, told)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString(deterministic=True)
    return data
