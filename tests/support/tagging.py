"""A small runner for pictures: leases items with their bytes, and keeps what came of them."""

from __future__ import annotations

import json
from collections import defaultdict

import numpy as np
import onnx
import trio
from onnx import TensorProto, helper, numpy_helper

from actors.ports import ArtifactChunk, ItemDeferred, ItemEnded, ItemsLost, JobBroken, PlanLimits

LIMITS = PlanLimits(
    max_items=1_000, max_url_bytes=100, max_concurrency=50, max_body_read_bytes=1_000
)


class Tagged:
    """What came of the pictures of one job."""

    def __init__(self, attachment, heard):
        self._attachment = attachment
        self.heard = heard
        self.ended = {}
        self.files = defaultdict(bytes)
        self.broken = None

    @staticmethod
    def plan(executor, spec, count):
        return executor.plan(spec, [f"pets/{number}.jpg" for number in range(count)], LIMITS)

    async def work(self, items, pictures):
        before = len(self.ended)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._lease, items, pictures)
            while len(self.ended) < before + len(items) and self.broken is None:
                for event in await self._attachment.wait_events():
                    self._take(event)
            nursery.cancel_scope.cancel()

    def result(self, index):
        return json.loads(bytes(self.ended[index].result))

    def names(self, index):
        return [tag["name"] for tag in self.result(index)["tags"]]

    async def _lease(self, items, pictures):
        left = list(items)
        while left:
            self._attachment.want(len(left))
            for item in left[: await self._attachment.wait_granted()]:
                left.remove(item)
                await self._attachment.lease([item])
                await self._attachment.enclose(item.index, pictures[item.index])

    def _take(self, event):
        match event:
            case ItemEnded():
                self.ended[event.index] = event
            case ArtifactChunk():
                self.files[event.name] += event.data
            case JobBroken():
                self.broken = event.error
            case ItemsLost() | ItemDeferred():
                raise AssertionError(event)


def wd14_folder(folder, *, lines=None, side=448, classes=4):
    """A tagger with the signature of WD14's: its tags are how blue, green and red a picture is, and
    a rating that is always a half."""
    folder.mkdir()
    table = lines or [
        "1,blue_sky,0,9",
        "2,green_leaves,0,8",
        "3,red_queen,4,7",
        "4,general,9,6",
    ]
    (folder / "selected_tags.csv").write_text("\n".join(["tag_id,name,category,count", *table]))
    mean = helper.make_node("ReduceMean", ["input", "axes"], ["mean"], keepdims=0)
    scaled = helper.make_node("Div", ["mean", "most"], ["shares"])
    rated = helper.make_node("Pad", ["shares", "pads", "half"], ["output"])
    graph = helper.make_graph(
        [mean, scaled, rated],
        "tiny",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", side, side, 3])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["N", classes])],
        [
            numpy_helper.from_array(np.array([1, 2]), "axes"),
            numpy_helper.from_array(np.float32(255), "most"),
            numpy_helper.from_array(np.array([0, 0, 0, classes - 3]), "pads"),
            numpy_helper.from_array(np.float32(0.5), "half"),
        ],
    )
    opset = helper.make_opsetid("", 18)
    onnx.save(
        helper.make_model(graph, opset_imports=[opset], ir_version=9), str(folder / "model.onnx")
    )
    return folder
