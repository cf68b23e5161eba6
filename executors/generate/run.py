"""The working half of the generate executor: one item is one prompt. Runs in a worker.

A prompt is as many calls as its job has loops, one after the other. While a call makes, its
progress is asked for beside it. Retries and pause are the host's.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import trio
from msgspec.structs import replace

from actors.ports import (
    ItemContext,
    ItemResult,
    LeasedItem,
    Tools,
    ToolUnavailable,
)
from actors.ports.webui import NOT_NAMED, WEBUI
from executors.generate.answers import Made, Picture
from executors.generate.items import MAGIC, SHOWN_CHARS, Prompt, stored_prompt
from executors.generate.requests import GenerateOptions, body_of, path_of
from executors.generate.webui import make
from executors.webui.client import Failed, NotUp, WebUI
from executors.webui.waiting import Waits
from state.model import OutcomeStatus

PROGRESS_INTERVAL_S = 1.0


class GenerateExecutor:
    """See Executor."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[GenerateRunner]:
        try:
            service = tools.http.service(WEBUI)
        except LookupError:
            raise ToolUnavailable(NOT_NAMED) from None
        yield GenerateRunner(msgspec.convert(spec, GenerateOptions), WebUI(service))


class GenerateRunner:
    """Has the pictures of one job made."""

    def __init__(self, options: GenerateOptions, webui: WebUI) -> None:
        self._options = options
        self._webui = webui
        self._waits = Waits("prompts")

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        """See ItemRunner. A WebUI that is away costs no attempt: the item waits for it."""
        prompt = stored_prompt(item.payload)
        if prompt.source is not None:
            data = await context.enclosed()
            if not data.startswith(MAGIC):
                return self._refused(prompt, f"{prompt.source.image} is no PNG, JPEG or WebP")
            picture = await trio.to_thread.run_sync(_as_text, data)
            prompt = replace(prompt, picture=picture, source=None)
        return await self._run(item, prompt, context)

    async def _run(self, item: LeasedItem, prompt: Prompt, context: ItemContext) -> ItemResult:
        seed = self._options.seed if prompt.seed is None else prompt.seed
        album = Album(item.index, prompt, is_seeded=seed >= 0)
        try:
            await self._webui.look()
            self._waits.over()
            for loop in range(self._options.loop_count):
                if loop:
                    await trio.sleep(self._options.loop_delay_s)
                await album.keep(await self._make(prompt, loop, context), context)
        except NotUp as away:
            told = {"prompt": prompt.prompt[:SHOWN_CHARS]}
            return self._waits.result(str(away), told, context)
        except Failed as failed:
            return ItemResult(
                status=OutcomeStatus.FAILED,
                result=album.facts(),
                error=str(failed),
                retry=failed.retry,
                tally=self._tally(album),
            )
        return ItemResult(status=OutcomeStatus.OK, result=album.facts(), tally=self._tally(album))

    def _refused(self, prompt: Prompt, error: str) -> ItemResult:
        told = {"prompt": prompt.prompt[:SHOWN_CHARS]}
        return ItemResult(status=OutcomeStatus.FAILED, result=told, error=error)

    def _tally(self, album: Album) -> dict[str, int]:
        asked = self._options.pictures_a_call * self._options.loop_count
        return {"found": asked, "made": album.pictures_n}

    async def _make(self, prompt: Prompt, loop: int, context: ItemContext) -> Made:
        """One call, and its progress meanwhile."""
        options = self._options
        teller = Teller(loop, options.loop_count, context)
        failure: Failed | None = None
        made: Made | None = None
        teller.wait()
        async with self._webui.turn(), trio.open_nursery() as nursery:
            nursery.start_soon(teller.run, self._webui)
            try:
                made = await make(
                    self._webui,
                    path_of(prompt),
                    body_of(prompt, options, loop),
                    options.pictures_a_call,
                    options.timeout_s,
                )
            except Failed as failed:
                # Raised out here: what the call raises is its own, and no group of a nursery's.
                failure = failed
            nursery.cancel_scope.cancel()
        if made is None:
            assert failure is not None, "a call ends in pictures or in a failure"
            raise failure
        return made


def _as_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Teller:
    """Says how far a call is, by what the WebUI says of it."""

    def __init__(self, loop: int, loops: int, context: ItemContext) -> None:
        self._loop = loop
        self._loops = loops
        self._context = context

    def wait(self) -> None:
        self._say(0.0, 0, 0)

    async def run(self, webui: WebUI) -> None:
        """For ever, once a second. Who does not answer is heard of by the call itself."""
        while True:
            await trio.sleep(PROGRESS_INTERVAL_S)
            try:
                seen = await webui.look()
            except (NotUp, Failed):
                continue
            if seen is not None:
                self._say(seen.share, seen.step, seen.steps)

    def _say(self, share: float, step: int, steps: int) -> None:
        parts = []
        if self._loops > 1:
            parts.append(f"loop {self._loop + 1} of {self._loops}")
        if steps:
            parts.append(f"step {step} of {steps}")
        fraction = (self._loop + share) / self._loops
        self._context.progress(
            fraction, ", ".join(parts) or "waits its turn", done=step, total=steps
        )


class Album:
    """What an item has made so far. Written by the one task of the item."""

    def __init__(self, index: int, prompt: Prompt, *, is_seeded: bool) -> None:
        self._index = index
        self._is_seeded = is_seeded
        self._prompt = prompt
        self._files: list[str] = []
        self._grids: list[str] = []
        self._seeds: list[int | None] = []
        self._first: Picture | None = None

    @property
    def pictures_n(self) -> int:
        """How many it has kept, without grids."""
        return len(self._files)

    async def keep(self, made: Made, context: ItemContext) -> None:
        for picture, seed in zip(made.pictures, made.seeds, strict=True):
            name = self._name(len(self._files) + 1, seed, picture)
            await context.artifact(name, picture.data)
            self._files.append(name)
            self._seeds.append(seed)
            self._first = self._first or picture
        for grid in made.grids:
            name = f"{self._index:05d}-grid-{len(self._grids) + 1}.{grid.suffix}"
            await context.artifact(name, grid.data)
            self._grids.append(name)

    def facts(self) -> dict[str, Any]:
        """The fields of the outcome: see docs/generate.md."""
        first = self._first
        return {
            "prompt": self._prompt.prompt[:SHOWN_CHARS],
            "file": self._files[0] if self._files else None,
            "files": self._files,
            "grids": self._grids,
            "seeds": self._seeds,
            "width": None if first is None else first.width,
            "height": None if first is None else first.height,
            "parameters": "" if first is None else first.parameters,
        }

    def _name(self, place: int, seed: int | None, picture: Picture) -> str:
        """`00002-3-1234567.png`: item, picture of it, the seed where the job said one. A random
        one is another in the next attempt, whose pictures take the place of these."""
        told = "" if seed is None or not self._is_seeded else f"-{seed}"
        return f"{self._index:05d}-{place}{told}.{picture.suffix}"
