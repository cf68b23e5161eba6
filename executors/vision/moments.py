"""Where a network's values lie, as far as its weights tell: a batch norm knows the mean and the
spread of every channel behind it, measured on all that the network was trained with. Pure.

So no pictures are needed to choose what eight bits can say (M. Nagel et al., "Data-Free
Quantization through Weight Equalization and Bias Correction", 2019). Used by
`executors.vision.quantized`.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from executors.vision.network import HIGH, of
from executors.vision.weights import Weights

# So many deviations to either side of the mean are kept; what is beyond counts as the border. From
# 3.5 to 6 photographs agreed about as well with the floats, from 8 on less.
_REACH = 4.0


class Moments(Struct, frozen=True):
    """The mean and the deviation of each channel, as of a normal distribution."""

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]

    def plus(self, other: Moments) -> Moments:
        """Of the sum of two values that know nothing of each other."""
        return Moments(self.mean + other.mean, np.hypot(self.deviation, other.deviation))

    def reach(self) -> tuple[float, float]:
        """The least and the most that any channel says; 0 is within."""
        low, high = self.mean - _REACH * self.deviation, self.mean + _REACH * self.deviation
        return min(float(low.min()), 0.0), max(float(high.max()), 0.0)

    def clipped_mean(self) -> NDArray[np.float32]:
        """The mean of each channel once it is clipped."""
        steps = np.linspace(-5, 5, 401)
        shares = np.exp(-(steps**2) / 2)
        values = self.mean[:, None] + self.deviation[:, None] * steps
        means: NDArray[np.float32] = np.clip(values, 0, HIGH) @ (shares / shares.sum())
        return means.astype(np.float32)


def behind(weights: Weights, norm: str) -> Moments:
    """What comes out of that batch norm. Raises LookupError where it is not there."""
    return Moments(of(weights, f"{norm}.bias"), np.abs(of(weights, f"{norm}.weight")))
