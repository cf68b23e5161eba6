"""ONNX models, opened for one jailed worker: a core each, nothing written, nobody told.

The only module that imports onnxruntime, which has to be told first to keep things to itself.
Used by `executors.vision.build` and by executors at work.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def _by_itself() -> Iterator[None]:
    """Around the loading of the library. Without the setting it keeps a number for this machine in
    the home folder and tells its maker of every session; and what it misses in the jail (a look for
    graphics cards) it writes straight to standard error."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


with _by_itself():
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as _state

# What it raises for a file that is no model, or one that it cannot run.
NOT_A_MODEL = (_state.Fail, _state.InvalidGraph, _state.InvalidProtobuf, _state.NotImplemented)


# Where the kernel tells what the processor can.
PROCESSOR = Path("/proc/cpuinfo")
_EXACT = frozenset({"avx512_vnni", "avx_vnni"})


def open_session(model: Path | bytes, processor: Path = PROCESSOR) -> onnxruntime.InferenceSession:
    """Raises OSError where the model's file cannot be read, and NOT_A_MODEL."""
    options = onnxruntime.SessionOptions()
    # There is a worker for every core: threads of one would only get in the way of another's.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Errors alone: what it warns of are the oddities of a model.
    options.log_severity_level = 3
    if not adds_exactly(processor):
        # Twice the time, for an answer that is the same everywhere.
        options.add_session_config_entry("session.x64quantprecision", "1")
    data = model.read_bytes() if isinstance(model, Path) else model
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def adds_exactly(processor: Path) -> bool:
    """Whether products of bytes are added in 32 bits. Older ones of Intel's kind add two of them in
    16, where they may overflow without a word; so does, for all we know, one that is not told of.
    To others the runtime has no such way."""
    try:
        with processor.open() as lines:
            told = next((line for line in lines if line.startswith("flags")), "")
    except OSError:
        return False
    return not _EXACT.isdisjoint(told.split())
