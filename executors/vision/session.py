"""ONNX models, opened for one jailed worker: a core each, nothing written, nothing asked outside.

Used by `executors.vision.build` and by executors at work.
"""

from __future__ import annotations

from pathlib import Path

import onnxruntime


def open_session(model: Path | bytes) -> onnxruntime.InferenceSession:
    """Raises OSError where the file cannot be read, and what onnxruntime has for a bad one."""
    options = onnxruntime.SessionOptions()
    # There is a worker for every core: threads of one would only get in the way of another's.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Errors alone: what it warns of are the oddities of a model.
    options.log_severity_level = 3
    data = model.read_bytes() if isinstance(model, Path) else model
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
