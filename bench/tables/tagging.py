"""Pictures tagged a second by the embedded model, beside a bare onnxruntime loop on the same files.

The files are two photographs, varied a little, in two sizes. Our clock runs from the first byte of
the request that creates and starts the job until the stream says that it has ended: each picture
was decoded and looked at in the jail, its tags are a file, on disk, synced and recorded by then.
The loop decodes and looks by the same network in full floats, with the runtime's own settings, so
with all cores that it takes, and writes nothing.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path
from typing import Any

from kit.procs import BENCH, BenchError, call, load
from kit.report import Bench, table
from kit.served import Served, folder, serving
from PIL import Image
from sklearn import datasets

from executors.vision.build import in_floats, known_weights

HEADERS = ("pictures of", "tagger", "a second", "ms CPU each", "times the loop", "of each turn")
# What the bare loop runs.
FLOATS = "floats.onnx"
SIZES = ((640, 427), (1_920, 1_281))
PHOTOGRAPHS = Path(datasets.__file__).parent / "images"
_FLAGS = ("--sample-site", "off")


def run(bench: Bench) -> str:
    count, turns = bench.size(400, 60), bench.size(3, 1)
    with folder() as place:
        (place / FLOATS).write_bytes(in_floats(known_weights()))
        rows: list[tuple[object, ...]] = []
        for width, height in SIZES:
            files = pictures(place / f"{width}", (width, height), count)
            rows += rows_of(place, f"{width} x {height} pixels", files, turns)
    return table(HEADERS, rows)


def pictures(where: Path, size: tuple[int, int], count: int) -> list[Path]:
    """So many JPEGs, no two of them the same."""
    where.mkdir()
    photographs = [Image.open(path).convert("RGB") for path in sorted(PHOTOGRAPHS.glob("*.jpg"))]
    files = []
    for number in range(count):
        photograph = photographs[number % len(photographs)]
        box = (number % 16, number % 9, *photograph.size)
        files.append(where / f"{number:04}.jpg")
        photograph.resize(size, Image.Resampling.BICUBIC, box=box).save(files[-1], quality=90)
    return files


def rows_of(place: Path, name: str, files: list[Path], turns: int) -> list[tuple[object, ...]]:
    where = files[0].parent
    ours, bare = [], []
    with serving(place / f"data-{where.name}", *_FLAGS, "--images-dir", f"all={where}") as server:
        tag(server, [f"all/{path.name}" for path in files[:20]])
        for _ in range(turns):
            ours.append(tag(server, [f"all/{path.name}" for path in files]))
            bare.append(loop(place / FLOATS, files))
    slow = statistics.median(turn["rate"] for turn in bare)
    return [row(name, "Nightdesk", ours, slow), row(name, "onnxruntime, bare", bare, slow)]


def row(name: str, tagger: str, turns: list[dict[str, float]], slow: float) -> tuple[object, ...]:
    rate = statistics.median(turn["rate"] for turn in turns)
    cpu_ms = statistics.median(turn["cpu_ms"] for turn in turns)
    each = " ".join(f"{turn['rate']:.0f}" for turn in turns)
    return name, tagger, rate, cpu_ms, rate / slow, each


def tag(server: Served, paths: list[str]) -> dict[str, float]:
    """One job of them all."""
    before = server.cpu_s()
    job = {"kind": "tag", "name": "bench", "start": True, "items": paths}
    task = {**server.address, "desk": server.new_desk(), "job": job}
    seen: dict[str, Any] = load("watcher", task).result(900)
    if seen["status"] != "completed":
        raise BenchError(f"not every picture was tagged: {seen}")
    return measured(len(paths), seen["seconds"], server.cpu_s() - before)


def loop(model: Path, files: list[Path]) -> dict[str, float]:
    task = {"model": str(model), "pictures": [str(path) for path in files]}
    seen = call([sys.executable, BENCH / "peers" / "tag_onnxruntime.py"], task)
    if seen["done"] != len(files):
        raise BenchError(f"the loop did not see every picture: {seen}")
    return measured(len(files), seen["seconds"], seen["cpu_s"])


def measured(count: int, seconds: float, cpu_s: float) -> dict[str, float]:
    return {"rate": count / seconds, "cpu_ms": 1e3 * cpu_s / count}
