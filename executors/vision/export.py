"""EfficientNet-Lite0 as an ONNX graph, made of its weights. Used by `executors.vision.build`.

The network was trained by TensorFlow: its padding is "SAME", which for even sides is uneven, and
its batch norms have an epsilon of 1e-3; they are folded into the convolutions before them. Input
`pictures` is N x 3 x 224 x 224, (RGB - 127) / 128; outputs are `logits` (N x 1,000, in ImageNet's
order) and `features` (N x 1,280), which others can be trained on.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from msgspec import Struct
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from executors.vision.weights import Weights

SIDE = 224
CLASSES = 1_000
FEATURES = 1_280
# Old enough for every runtime of the last years.
OPSET, IR_VERSION = 17, 9
_EPSILON = 1e-3
_STEM = 32


class _Stage(Struct, frozen=True):
    """`repeats` blocks; the first one has the stride."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)


class _Flow(Struct, frozen=True):
    """A value on its way through the graph: its name, and how large a side and how deep it is."""

    name: str
    side: int
    channels: int


class _Graph:
    """Every attribute is written by its methods, one after the other."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._low = self.constant("low", np.float32(0))
        self._high = self.constant("high", np.float32(6))

    def constant(self, name: str, value: Any) -> str:
        array = np.ascontiguousarray(value, np.float32).reshape(np.shape(value))
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def weight(self, name: str) -> NDArray[np.float32]:
        return self._weights[name].astype(np.float32)

    def node(self, kind: str, *inputs: str, output: str | None = None, **how: Any) -> str:
        name = output or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **how))
        return name

    def convolved(
        self, flow: _Flow, weight: str, norm: str, *, stride: int = 1, groups: int = 1
    ) -> _Flow:
        kernel, bias = self._folded(weight, norm)
        size = kernel.shape[2]
        side = -(-flow.side // stride)
        lacking = max((side - 1) * stride + size - flow.side, 0)
        before, after = lacking // 2, lacking - lacking // 2
        name = self.node(
            "Conv",
            *(flow.name, self.constant(f"{weight}.w", kernel), self.constant(f"{weight}.b", bias)),
            strides=[stride, stride],
            group=groups,
            pads=[before, before, after, after],
            kernel_shape=[size, size],
        )
        return _Flow(name, side, kernel.shape[0])

    def clipped(self, flow: _Flow) -> _Flow:
        name = self.node("Clip", flow.name, self._low, self._high)
        return _Flow(name, flow.side, flow.channels)

    def block(self, flow: _Flow, at: str, stage: _Stage, stride: int) -> _Flow:
        wide = flow
        if stage.expansion != 1:
            wide = self.clipped(self.convolved(flow, f"{at}._expand_conv", f"{at}._bn0"))
        deep = self.clipped(
            self.convolved(
                *(wide, f"{at}._depthwise_conv", f"{at}._bn1"), stride=stride, groups=wide.channels
            )
        )
        out = self.convolved(deep, f"{at}._project_conv", f"{at}._bn2")
        if stride == 1 and flow.channels == out.channels:
            return _Flow(self.node("Add", out.name, flow.name), out.side, out.channels)
        return out

    def _folded(self, weight: str, norm: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The kernel and the bias of a convolution with the batch norm behind it."""
        kernel = self.weight(f"{weight}.weight")
        spread = np.sqrt(self.weight(f"{norm}.running_var") + np.float32(_EPSILON))
        scale = self.weight(f"{norm}.weight") / spread
        bias = self.weight(f"{norm}.bias") - self.weight(f"{norm}.running_mean") * scale
        return kernel * scale[:, None, None, None], bias


def export(weights: Weights) -> bytes:
    """The model's file. Raises LookupError where a weight is not there."""
    graph = _Graph(weights)
    flow = graph.clipped(
        graph.convolved(_Flow("pictures", SIDE, 3), "_conv_stem", "_bn0", stride=2)
    )
    at = 0
    for stage in _STAGES:
        for repeat in range(stage.repeats):
            stride = stage.stride if repeat == 0 else 1
            flow = graph.block(flow, f"_blocks.{at}", stage, stride)
            at += 1
    flow = graph.clipped(graph.convolved(flow, "_conv_head", "_bn1"))
    pooled = graph.node("GlobalAveragePool", flow.name)
    features = graph.node("Flatten", pooled, output="features")
    weight = graph.constant("_fc.w", graph.weight("_fc.weight"))
    bias = graph.constant("_fc.b", graph.weight("_fc.bias"))
    graph.node("Gemm", features, weight, bias, output="logits", transB=1)
    return _model(graph)


def _model(graph: _Graph) -> bytes:
    def value(name: str, *shape: int) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape])

    made = helper.make_graph(
        graph.nodes,
        "efficientnet-lite0",
        [value("pictures", 3, SIDE, SIDE)],
        [value("logits", CLASSES), value("features", FEATURES)],
        graph.constants,
    )
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(made, opset_imports=[opset], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString(deterministic=True)
    return data
