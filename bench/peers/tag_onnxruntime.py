"""A bare onnxruntime loop: each picture opened by Pillow, one run of the model, with the runtime's
own settings (as many threads as there are cores). Nothing is written.

Task: `model` and `pictures` (paths).
"""

from __future__ import annotations

import os

# Read when the library is loaded: no telemetry from a benchmark.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnxruntime
from measure import Clock, task
from PIL import Image

SIDE, CROP = 224, 0.875


def prepared(path):
    with Image.open(path) as picture:
        whole = picture.convert("RGB")
    width, height = whole.size
    kept = min(width, height) * CROP
    left, top = (width - kept) / 2, (height - kept) / 2
    middle = whole.crop((left, top, left + kept, top + kept))
    small = middle.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return ((np.asarray(small, np.float32) - 127) / 128).transpose(2, 0, 1)[None]


def main() -> None:
    given = task()
    session = onnxruntime.InferenceSession(given["model"], providers=["CPUExecutionProvider"])
    session.run(["logits"], {"pictures": prepared(given["pictures"][0])})
    clock = Clock()
    seen = 0
    for path in given["pictures"]:
        (logits,) = session.run(["logits"], {"pictures": prepared(path)})
        seen += int(logits[0].argmax()) >= 0
    clock.report(seen)


if __name__ == "__main__":
    main()
