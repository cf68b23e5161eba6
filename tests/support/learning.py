"""Pictures that a model can be taught to tell apart: stripes of one direction or the other; and
models of a library."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from state.library import Model

SIDE = 96


def stripes(seed, *, upright):
    """A PNG of stripes, their colours and width by the seed."""
    random = np.random.default_rng(seed)
    width = int(random.integers(6, 14))
    light, dark = random.integers(150, 256, 3), random.integers(0, 90, 3)
    bands = (np.arange(SIDE) // width) % 2 == 0
    across = np.where(bands[:, None], light, dark).astype(np.uint8)
    pixels = np.broadcast_to(across[None] if upright else across[:, None], (SIDE, SIDE, 3))
    data = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(data, "PNG")
    return data.getvalue()


def labelled(count):
    """(label, picture): so many of each of two labels."""
    return [
        (label, stripes(seed, upright=upright))
        for label, upright in (("upright", True), ("lying", False))
        for seed in range(count)
    ]


def model(id, name):
    return Model(
        id=id,
        name=name,
        digest="a" * 64,
        facts="b" * 64,
        job_id="job",
        labels_n=2,
        accuracy=0.9,
        pictures_n=40,
        size_bytes=10_000,
    )


MODELS = {
    each.id: each
    for each in (
        model("m1", "pets"),
        model("m2", "cars"),
        model("m3", "cars"),
        model("cars2", "m1"),
    )
}
