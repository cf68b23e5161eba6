"""A Stable Diffusion WebUI on loopback, as far as its API goes: it truly draws, small pictures.

`hold` makes calls wait for `release` or for an interruption; `script` replaces the next answers.
"""

from __future__ import annotations

import base64
import io
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import trio
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.support.target import Conversation, Handler, Target


def drawn(seed: int, width: int, height: int, parameters: str, kind: str = "PNG") -> bytes:
    """A picture of that size, its colour by the seed."""
    picture = Image.new("RGB", (width, height), (seed % 256, seed // 256 % 256, 128))
    told = io.BytesIO()
    about = PngInfo()
    about.add_text("parameters", parameters)
    picture.save(told, kind, **({"pnginfo": about} if kind == "PNG" else {}))
    return told.getvalue()


class FakeWebUI:
    """`calls` are the bodies that it was asked to make; `looks` how often for its progress."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.calls: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.looks = 0
        self.interrupts = 0
        # What it began and what interrupted it, as they came.
        self.order: list[str] = []
        self.at_work = 0
        self.most_at_work = 0
        self.script: list[Handler] = []
        self.hold = False
        self.job = "scripts_txt2img"
        self.begun = trio.Event()
        self.release = trio.Event()
        self.looked: Callable[[int], None] = lambda _looks: None
        self._seeds = itertools.count(1_000)
        target.handlers |= {
            "/sdapi/v1/txt2img": self._make,
            "/sdapi/v1/img2img": self._make,
            "/sdapi/v1/progress": self._progress,
            "/sdapi/v1/interrupt": self._interrupt,
            "/sdapi/v1/interrogate": self._tell,
            "/tagger/v1/interrogate": self._tell,
            "/tagger/v1/interrogators": self._tell_models,
        }

    async def _tell(self, talk: Conversation) -> None:
        """Says how large a picture is, as a tag: what it is shown it has decoded."""
        asked = orjson.loads(talk.asked.body)
        self.calls.append(asked)
        self.paths.append(talk.asked.target)
        if self.script:
            await self.script.pop(0)(talk)
            return
        async with self._work():
            with Image.open(io.BytesIO(base64.b64decode(asked["image"]))) as picture:
                side = f"side_{picture.width}"
        told: Any = f"{side}, blue sky, (grass:0.7), name \\(a show\\)"
        if talk.asked.target.startswith("/tagger"):
            told = {"tag": {side: 0.9, "long_hair": 0.4, "hat": 0.1}, "rating": {"general": 0.8}}
        await talk.respond(orjson.dumps({"caption": told}), content_type="application/json")

    async def _tell_models(self, talk: Conversation) -> None:
        models = {"models": ["wd14-first", "wd14-second"]}
        await talk.respond(orjson.dumps(models), content_type="application/json")

    async def _make(self, talk: Conversation) -> None:
        asked = orjson.loads(talk.asked.body)
        self.calls.append(asked)
        self.paths.append(talk.asked.target)
        if self.script:
            await self.script.pop(0)(talk)
            return
        async with self._work():
            answer = self.answer(asked)
        await talk.respond(answer, content_type="application/json")

    @asynccontextmanager
    async def _work(self) -> AsyncIterator[None]:
        """It works on whether anybody waits for it or not, and on one thing after the other."""
        self.order.append("begin")
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        self.begun.set()
        if self.hold:
            await self.release.wait()
        yield
        self.at_work -= 1

    def answer(self, asked: dict[str, Any], kind: str = "PNG") -> bytes:
        count = asked["batch_size"] * asked["n_iter"]
        first = asked["seed"] if asked["seed"] >= 0 else next(self._seeds)
        seeds = [first + place for place in range(count)]
        texts = [f"{asked['prompt']}\nSteps: {asked['steps']}, Seed: {seed}" for seed in seeds]
        size = asked["width"] // 8, asked["height"] // 8
        pictures = [drawn(seed, *size, text, kind) for seed, text in zip(seeds, texts, strict=True)]
        grids = 0 if asked["do_not_save_grid"] else 1
        shown = [*([pictures[0]] * grids), *pictures]
        info = {"all_seeds": seeds, "infotexts": texts, "index_of_first_image": grids}
        return orjson.dumps(
            {
                "images": [base64.b64encode(each).decode() for each in shown],
                "parameters": asked,
                "info": orjson.dumps(info).decode(),
            }
        )

    async def _progress(self, talk: Conversation) -> None:
        self.looks += 1
        self.looked(self.looks)
        busy = bool(self.at_work)
        state = {"sampling_step": 5, "sampling_steps": 20, "job_count": int(busy), "job": self.job}
        told = {"progress": 0.25 if busy else 0.0, "eta_relative": 3.0, "state": state}
        await talk.respond(orjson.dumps(told), content_type="application/json")

    async def _interrupt(self, talk: Conversation) -> None:
        self.interrupts += 1
        self.order.append("interrupt")
        await talk.respond(b"null", content_type="application/json")
        self.release.set()
