"""The trained numbers of a model in the file format that PyTorch had before 1.6, without PyTorch.

The file is a row of pickles and then the raw numbers. Pickles can call whatever they name, so this
reader builds tensors and dictionaries, and refuses everything else. Used by
`executors.vision.build` alone, on a file whose hash is known.
"""

from __future__ import annotations

import io
import pickle
import struct
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_TYPES: dict[str, np.dtype[Any]] = {
    "FloatStorage": np.dtype("<f4"),
    "LongStorage": np.dtype("<i8"),
}

Weights = dict[str, NDArray[Any]]


class BadWeights(ValueError):
    """The file is not what it should be; the message says how."""


class _Tensor(Struct, frozen=True):
    """A view into a storage; the sizes count elements."""

    storage: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Reader(pickle.Unpickler):
    """Knows three names. `types` are those of the storages that were spoken of."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        # Written by `persistent_load`.
        self.types: dict[str, np.dtype[Any]] = {}

    def find_class(self, module: str, name: str) -> Any:
        known: dict[tuple[str, str], Callable[..., Any] | str] = {
            ("torch._utils", "_rebuild_tensor_v2"): _tensor,
            ("collections", "OrderedDict"): OrderedDict,
            **{("torch", storage): storage for storage in _TYPES},
        }
        if (module, name) not in known:
            raise BadWeights(f"the weights name {module}.{name}, which no weights need")
        return known[module, name]

    def persistent_load(self, pid: Any) -> str:
        _, storage, key, _, _, _ = pid
        self.types[str(key)] = _TYPES[storage]
        return str(key)


def read_weights(data: bytes) -> Weights:
    """The tensors by name. Raises BadWeights."""
    file = io.BytesIO(data)
    if pickle.load(file) != _MAGIC or pickle.load(file) != _PROTOCOL:
        raise BadWeights("the weights are in another format")
    pickle.load(file)
    reader = _Reader(file)
    tensors = reader.load()
    keys = pickle.load(file)
    storages = {key: _storage(file, reader.types[key]) for key in keys}
    return {name: _view(storages[each.storage], each) for name, each in tensors.items()}


def _tensor(
    storage: str, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any
) -> _Tensor:
    return _Tensor(storage, offset, shape, strides)


def _storage(file: BinaryIO, type: np.dtype[Any]) -> NDArray[Any]:
    (count,) = struct.unpack("<q", file.read(8))
    data = file.read(count * type.itemsize)
    if len(data) != count * type.itemsize:
        raise BadWeights("the weights end too early")
    return np.frombuffer(data, type)


def _view(storage: NDArray[Any], tensor: _Tensor) -> NDArray[Any]:
    size_bytes = storage.itemsize
    strides = [stride * size_bytes for stride in tensor.strides]
    return np.lib.stride_tricks.as_strided(
        storage[tensor.offset :], tensor.shape, strides, writeable=False
    )
