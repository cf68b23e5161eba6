"""The shape of EfficientNet-Lite0, whatever its numbers are kept as. Pure.

The network was trained by TensorFlow: its padding is "SAME", which for even sides is uneven, and
its batch norms have an epsilon of 1e-3; they are folded into the convolutions before them. Used by
`executors.vision.export` and `executors.vision.quantized`, each of which is a `Builder`.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from executors.vision.weights import Weights

SIDE = 224
CLASSES = 1_000
FEATURES = 1_280
# Old enough for every runtime of the last years.
OPSET, IR_VERSION = 17, 9
# What a clipped value is at most; at least it is 0.
HIGH = 6
_EPSILON = 1e-3


class Stage(Struct, frozen=True):
    """`repeats` blocks; the first one has the stride."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


class Flow(Struct, frozen=True):
    """A value on its way through the graph: its name, and how large a side and how deep it is."""

    name: str
    side: int
    channels: int


F = TypeVar("F", bound=Flow)


class Convolution(Struct, frozen=True):
    """Which weights it has, and which norm stands behind it."""

    weight: str
    norm: str
    stride: int = 1
    groups: int = 1


class Builder(Protocol[F]):
    """Writes a graph, one node after the other."""

    def clipped(self, flow: F, by: Convolution) -> F:
        """A convolution whose values are kept within 0 and HIGH."""

    def linear(self, flow: F, by: Convolution) -> F:
        """A convolution whose values are left as they are."""

    def added(self, one: F, other: F) -> F:
        """The sum of two values of one shape."""


def build(builder: Builder[F], pictures: F) -> F:
    """All of it but the pooling: the value that is FEATURES deep. Raises LookupError where a weight
    is not there."""
    flow = builder.clipped(pictures, Convolution("_conv_stem", "_bn0", stride=2))
    at = 0
    for stage in STAGES:
        for repeat in range(stage.repeats):
            stride = stage.stride if repeat == 0 else 1
            flow = _block(builder, flow, f"_blocks.{at}", stage, stride)
            at += 1
    return builder.clipped(flow, Convolution("_conv_head", "_bn1"))


def _block(builder: Builder[F], flow: F, at: str, stage: Stage, stride: int) -> F:
    wide = flow
    if stage.expansion != 1:
        wide = builder.clipped(flow, Convolution(f"{at}._expand_conv", f"{at}._bn0"))
    deep = builder.clipped(
        wide, Convolution(f"{at}._depthwise_conv", f"{at}._bn1", stride, wide.channels)
    )
    out = builder.linear(deep, Convolution(f"{at}._project_conv", f"{at}._bn2"))
    if stride == 1 and flow.channels == out.channels:
        return builder.added(out, flow)
    return out


def folded(weights: Weights, by: Convolution) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The kernel and the bias of a convolution with the batch norm behind it."""
    kernel, norm = of(weights, f"{by.weight}.weight"), by.norm
    spread = np.sqrt(of(weights, f"{norm}.running_var") + np.float32(_EPSILON))
    scale = of(weights, f"{norm}.weight") / spread
    bias = of(weights, f"{norm}.bias") - of(weights, f"{norm}.running_mean") * scale
    return kernel * scale[:, None, None, None], bias


def of(weights: Weights, name: str) -> NDArray[np.float32]:
    """One of them. Raises LookupError where it is not there."""
    return weights[name].astype(np.float32)


def padded(side: int, size: int, stride: int) -> tuple[int, list[int]]:
    """The side that comes of a kernel of that size, and what is put around what goes in."""
    after_side = -(-side // stride)
    lacking = max((after_side - 1) * stride + size - side, 0)
    before, after = lacking // 2, lacking - lacking // 2
    return after_side, [before, before, after, after]
