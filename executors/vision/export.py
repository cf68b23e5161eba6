"""EfficientNet-Lite0 as an ONNX graph in full floats, made of its weights: what its numbers mean.

Input `pictures` is N x 3 x 224 x 224, (RGB - 127) / 128; outputs are `logits` (N x 1,000, in
ImageNet's order) and `features` (N x 1,280). Workers look by `executors.vision.quantized`, which
has to agree with it. Used by `executors.vision.build`, and by the benchmark's bare loop.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from executors.vision import network
from executors.vision.network import CLASSES, FEATURES, IR_VERSION, OPSET, SIDE, Convolution, Flow
from executors.vision.weights import Weights


class _Graph:
    """A network.Builder. Every attribute is written by its methods, one after the other."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._low = self.constant("low", np.float32(0))
        self._high = self.constant("high", np.float32(network.HIGH))

    def constant(self, name: str, value: NDArray[np.float32] | np.float32) -> str:
        array = np.ascontiguousarray(value, np.float32).reshape(np.shape(value))
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def node(self, kind: str, *inputs: str, output: str | None = None, **how: Any) -> str:
        name = output or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **how))
        return name

    def linear(self, flow: Flow, by: Convolution) -> Flow:
        kernel, bias = network.folded(self._weights, by)
        size, weight = kernel.shape[2], by.weight
        side, pads = network.padded(flow.side, size, by.stride)
        name = self.node(
            "Conv",
            *(flow.name, self.constant(f"{weight}.w", kernel), self.constant(f"{weight}.b", bias)),
            strides=[by.stride, by.stride],
            group=by.groups,
            pads=pads,
            kernel_shape=[size, size],
        )
        return Flow(name, side, kernel.shape[0])

    def clipped(self, flow: Flow, by: Convolution) -> Flow:
        free = self.linear(flow, by)
        return Flow(self.node("Clip", free.name, self._low, self._high), free.side, free.channels)

    def added(self, one: Flow, other: Flow) -> Flow:
        return Flow(self.node("Add", one.name, other.name), one.side, one.channels)


def export(weights: Weights) -> bytes:
    """The model's file. Raises LookupError where a weight is not there."""
    graph = _Graph(weights)
    flow = network.build(graph, Flow("pictures", SIDE, 3))
    pooled = graph.node("GlobalAveragePool", flow.name)
    features = graph.node("Flatten", pooled, output="features")
    weight = graph.constant("_fc.w", network.of(weights, "_fc.weight"))
    bias = graph.constant("_fc.b", network.of(weights, "_fc.bias"))
    graph.node("Gemm", features, weight, bias, output="logits", transB=1)
    pictures = helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["N", 3, SIDE, SIDE])
    return written(pictures, graph.nodes, graph.constants)


def written(
    pictures: onnx.ValueInfoProto, nodes: list[onnx.NodeProto], constants: list[onnx.TensorProto]
) -> bytes:
    """The file of a graph with the outputs that all have."""
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", size])
        for name, size in (("logits", CLASSES), ("features", FEATURES))
    ]
    made = helper.make_graph(nodes, "efficientnet-lite0", [pictures], outputs, constants)
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(made, opset_imports=[opset], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString(deterministic=True)
    return data
