"""The working half of the generate executor: one item is one prompt. Runs in a worker.

A prompt is as many calls as its job has loops, one after the other. While a call makes, its
progress is asked for beside it. Retries and pause are the host's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import trio

from actors.ports import (
    ItemContext,
    ItemResult,
    LeasedItem,
    Tools,
    ToolUnavailable,
)
from executors.generate.answers import Made, Picture
from executors.generate.items import SHOWN_CHARS, WEBUI, Prompt, stored_prompt
from executors.generate.requests import GenerateOptions, body_of, path_of
from executors.generate.webui import NOT_NAMED, Failed, NotUp, WebUI
from state.model import OutcomeStatus

WAITS = "waits for the WebUI"
# How soon a WebUI that is not there is looked for again.
LOOK_AGAIN_S = 5.0
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
        # Whether the log knows that items wait. Written by the tasks of items.
        self._told = False

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        """See ItemRunner. A WebUI that is away costs no attempt: the item waits for it."""
        prompt = stored_prompt(item.payload)
        album = Album(item.index, prompt)
        try:
            await self._webui.look()
            self._told = False
            for loop in range(self._options.loop_count):
                if loop:
                    await trio.sleep(self._options.loop_delay_s)
                await album.keep(await self._make(prompt, loop, context), context)
        except NotUp as away:
            return self._wait(str(away), context, prompt)
        except Failed as failed:
            return ItemResult(
                status=OutcomeStatus.FAILED,
                result=album.facts(),
                error=str(failed),
                retry=failed.retry,
            )
        return ItemResult(status=OutcomeStatus.OK, result=album.facts())

    def _wait(self, reason: str, context: ItemContext, prompt: Prompt) -> ItemResult:
        if not self._told:
            self._told = True
            context.log("warning", f"the WebUI is not there, prompts wait for it: {reason}")
        return ItemResult(
            status=OutcomeStatus.FAILED,
            result={"prompt": prompt.prompt[:SHOWN_CHARS]},
            wait_s=LOOK_AGAIN_S,
            stage=WAITS,
        )

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
                made = await self._webui.make(
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

    def __init__(self, index: int, prompt: Prompt) -> None:
        self._index = index
        self._prompt = prompt
        self._files: list[str] = []
        self._grids: list[str] = []
        self._seeds: list[int | None] = []
        self._first: Picture | None = None

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
        """`00002-3-1234567.png`: item, picture of it, seed."""
        told = "" if seed is None else f"-{seed}"
        return f"{self._index:05d}-{place}{told}.{picture.suffix}"
