"""EfficientNet-Lite0 in eight bits as an ONNX graph, made of its weights: what workers look by.

Input `pictures` is N x 224 x 224 x 3, RGB in bytes; outputs are those of `executors.vision.export`.
Weights have a scale for each channel, values one for all of theirs. A clipped value is 0 to 6, so
its bytes are exact about the clipping; where others lie is known from batch norms
(`executors.vision.moments`), and so is by how much rounded weights shift a mean, which goes into
the bias. The nodes are standard ones (QuantizeLinear, DequantizeLinear), which runtimes join to
operations of bytes. Used by `executors.vision.build`; decision 0028 has what it costs in accuracy.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from msgspec import Struct
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from executors.vision import moments, network
from executors.vision.export import written
from executors.vision.moments import Moments
from executors.vision.network import HIGH, SIDE, Convolution, Flow
from executors.vision.weights import Weights

_Floats = NDArray[np.float32]
# Of bytes with a sign; -128 is left out, so that a weight and its negative are alike.
_TOP = 127
# A bias counts in steps, with 32 bits: of weights that are next to nothing so would the steps be.
_BIAS_TOP = 2**30
_LEVELS = 255


class _Scale(Struct, frozen=True):
    """What a byte means: (byte - zero) * step."""

    step: float
    zero: int


# (RGB - 127) / 128, as in its training: a byte of a picture is one of the network's, as it is.
_PICTURE = _Scale(1 / 128, 127)
_CLIPPED = _Scale(HIGH / _LEVELS, 0)


class _Bytes(Flow, frozen=True, kw_only=True):
    """A value in bytes (its name is of the floats that they mean). `mean` is that of each channel;
    `told` what is known of a value that is not clipped."""

    scale: _Scale
    mean: _Floats
    told: Moments | None = None


class _Graph:
    """A network.Builder. Every attribute is written by its methods, one after the other."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        array = np.ascontiguousarray(value).reshape(np.shape(value))
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def node(self, kind: str, *inputs: str, output: str | None = None, **how: Any) -> str:
        name = output or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **how))
        return name

    def clipped(self, flow: _Bytes, by: Convolution) -> _Bytes:
        name, side = self._convolved(flow, by)
        mean = moments.behind(self._weights, by.norm).clipped_mean()
        name = self.meant(self._in_bytes(name, _CLIPPED), _CLIPPED)
        return _Bytes(name, side, len(mean), scale=_CLIPPED, mean=mean)

    def linear(self, flow: _Bytes, by: Convolution) -> _Bytes:
        name, side = self._convolved(flow, by)
        return self._free(name, side, moments.behind(self._weights, by.norm))

    def added(self, one: _Bytes, other: _Bytes) -> _Bytes:
        if one.told is None or other.told is None:
            raise ValueError("a clipped value is not added to another in this network")
        name = self.node("Add", one.name, other.name)
        return self._free(name, one.side, one.told.plus(other.told))

    def multiplied(self, flow: _Bytes, weight: _Floats, bias: _Floats, output: str) -> None:
        """The last layer: an output in floats."""
        weight_name, bias_name = self._rounded("_fc", weight, bias, flow)
        self.node("Gemm", flow.name, weight_name, bias_name, output=output, transB=1)

    def in_bytes(self, name: str) -> str:
        """The floats that a clipped value's bytes mean."""
        return self.meant(self._in_bytes(name, _CLIPPED), _CLIPPED)

    def meant(self, name: str, scale: _Scale) -> str:
        """The floats that bytes mean."""
        return self.node("DequantizeLinear", name, *self._told(scale))

    def _free(self, name: str, side: int, told: Moments) -> _Bytes:
        low, high = told.reach()
        step = (high - low) / _LEVELS
        scale = _Scale(step, round(-low / step))
        name = self.meant(self._in_bytes(name, scale), scale)
        return _Bytes(name, side, len(told.mean), scale=scale, mean=told.mean, told=told)

    def _convolved(self, flow: _Bytes, by: Convolution) -> tuple[str, int]:
        kernel, bias = network.folded(self._weights, by)
        size = kernel.shape[2]
        side, pads = network.padded(flow.side, size, by.stride)
        name = self.node(
            "Conv",
            *(flow.name, *self._rounded(by.weight, kernel, bias, flow)),
            strides=[by.stride, by.stride],
            group=by.groups,
            pads=pads,
            kernel_shape=[size, size],
        )
        return name, side

    def _rounded(self, name: str, kernel: _Floats, bias: _Floats, flow: _Bytes) -> tuple[str, str]:
        """Weights and bias as bytes and whole numbers, and the floats that these mean."""
        flat = kernel.reshape(len(kernel), -1)
        step = flow.scale.step
        scales = np.maximum(np.abs(flat).max(1) / _TOP, np.abs(bias) / (step * _BIAS_TOP))
        scales = scales.astype(np.float32)
        rounded = np.clip(np.rint(flat / scales[:, None]), -_TOP, _TOP)
        off = (rounded * scales[:, None] - flat).reshape(kernel.shape)
        unshifted = bias - _shift(off, flow.mean)
        steps = (scales * np.float32(step)).astype(np.float32)
        return (
            self._whole(f"{name}.w", rounded.reshape(kernel.shape).astype(np.int8), scales),
            self._whole(f"{name}.b", np.rint(unshifted / steps).astype(np.int32), steps),
        )

    def _whole(self, name: str, numbers: NDArray[Any], scales: _Floats) -> str:
        """A scale for each channel; of all zero is zero."""
        return self.node(
            "DequantizeLinear",
            self.constant(name, numbers),
            self.constant(f"{name}.step", scales),
            self.constant(f"{name}.zero", np.zeros(len(scales), numbers.dtype)),
            axis=0,
        )

    def _in_bytes(self, name: str, scale: _Scale) -> str:
        return self.node("QuantizeLinear", name, *self._told(scale))

    def _told(self, scale: _Scale) -> tuple[str, str]:
        at = len(self.nodes)
        return (
            self.constant(f"v{at}.step", np.array(scale.step, np.float32)),
            self.constant(f"v{at}.zero", np.array(scale.zero, np.uint8)),
        )


def _shift(off: _Floats, mean: _Floats) -> _Floats:
    """By how much weights that are so far off shift the mean of what they make of values of that
    mean, by channel."""
    by_input: _Floats = off.reshape(*off.shape[:2], -1).sum(2)
    if by_input.shape[1] == 1:
        return by_input[:, 0] * mean
    return by_input @ mean


def quantized(weights: Weights) -> bytes:
    """The model's file. Raises LookupError where a weight is not there."""
    graph = _Graph(weights)
    turned = graph.node("Transpose", "pictures", perm=[0, 3, 1, 2])
    # What pictures have on average is not known, nor worth it: the first weights are few.
    pictures = _Bytes(
        graph.meant(turned, _PICTURE), SIDE, 3, scale=_PICTURE, mean=np.zeros(3, np.float32)
    )
    last = network.build(graph, pictures)
    pooled = graph.node("GlobalAveragePool", last.name)
    features = graph.node("Flatten", pooled, output="features")
    flow = _Bytes(graph.in_bytes(features), 1, last.channels, scale=_CLIPPED, mean=last.mean)
    weight, bias = (network.of(weights, f"_fc.{name}") for name in ("weight", "bias"))
    graph.multiplied(flow, weight, bias, "logits")
    taken = helper.make_tensor_value_info("pictures", TensorProto.UINT8, ["N", SIDE, SIDE, 3])
    return written(taken, graph.nodes, graph.constants)
