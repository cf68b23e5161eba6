"""An executor whose items choose their fate, for the tests of the pools and of those who use them.

It runs in real worker processes and in tasks. An item is a
JSON object, `do` says what happens to it:

    {"do": "ok", "value": 1}                   ok; the result is {"value": 1, "pid": ...}
    {"do": "fail", "error": "no"}              failed
    {"do": "retry", "until": 2}                worth retrying until that many attempts were made
    {"do": "busy", "retry_after_s": 1.5}       the host asks for a slower pace; then as "retry"
    {"do": "sleep", "s": 0.1}                  ok after a while
    {"do": "hold"}                             never ends by itself
    {"do": "print", "text": "x"}               prints
    {"do": "raise", "error": "bug"}            an unknown exception
    {"do": "die", "until": 1}                  takes its worker down; ok after that many attempts
    {"do": "lose", "until": 1}                 is lost with its browser; ok after that many strikes
                                               and `s` seconds
    {"do": "no_browser"}                       finds that there is no browser
    {"do": "artifact", "name", "bytes": N}     hands over N bytes, `then` something else
    {"do": "files", "files": {"a": "text"}}    hands over those files, `then` something else
    {"do": "talk", "lines": 3, "steps": 2}     log lines and progress, a step every `every_s`,
                                               called `word`, `then` something else
    {"do": "find", "items": {"a": {...}}}      finds those items, by their keys; `then` as above
    {"do": "spend", "before": S, "calls": [C]} makes calls, having spent so much before: reserves
                                               its `most`, takes `s` seconds, `dies` (as "die"
                                               does), hands over its file `save`, takes
                                               `tool_s` seconds and settles at its `cost`, or
                                               with the next reserve, where `settles` is false;
                                               `then` as above.
                                               The result says what it has `spent`, in how many
                                               `calls`, when they `began` and were `over` by Trio's
                                               clock, and why one was `refused`
    {"do": "walk", "name": "a"}                finds what the spec's `graph` says of that name, in
                                               two goes with a pause of the spec's `s` around each
    {"do": "ok", "tally": {"made": 2}}         whatever it does: is tallied so
    {"do": "environ"}                          ok; the result holds the worker's environment
    {"do": "spec_of"}                          ok; the result holds the spec that it was given
    {"do": "child"}                            starts a sleeping process and tells its pid
    {"do": "sessions"}                         starts what behaves like a browser, tells its pids
    {"do": "orphan"}                           leaves a process that ends when its parent has
    {"do": "exit", "code": 3}                  ends its worker, in order
    {"do": "fork"}                             forks a sleeping copy of itself, then dies

The spec may hold `open_error` (opening fails), `open_hangs` (it never ends), `close_s` (leaving
takes so long) and `stuck` (leaving blocks the whole worker).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import trio

from actors.ports import (
    BrowserGone,
    BrowserUnavailable,
    FoundItem,
    ItemContext,
    ItemResult,
    ItemRunner,
    LeasedItem,
    SpendRefused,
    Tools,
)
from state.model import OutcomeStatus
from state.spending import NO_SPEND, Spend
from tests.support.sessions import leave_orphan, leave_sessions
from workers.inline import InlineTools


class ScriptedSpec:
    """The server's half: only what pools look at."""

    kind = "scripted"
    pool = "net"
    runner = "tests.support.scripted:Scripted"
    manifest = ()

    def plan(self, spec, items, limits):
        raise NotImplementedError

    def describe(self, item):
        return {}

    def pool_of(self, spec):
        return self.pool

    def fill_secrets(self, spec, secrets):
        return spec


class Scripted:
    """The worker's half."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[ItemRunner]:
        if "open_error" in spec:
            raise ValueError(spec["open_error"])
        if "open_dies" in spec:
            await tools.die()
        if "open_hangs" in spec:
            await trio.sleep_forever()
        yield ScriptedRunner(tools, spec)
        if "close_s" in spec:
            await trio.sleep(spec["close_s"])
        if "stuck" in spec:
            signal.pause()


class ScriptedRunner:
    def __init__(self, tools: Tools, spec: dict[str, Any]) -> None:
        self._tools = tools
        self._spec = spec

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        wish = msgspec.json.decode(item.payload)
        act = getattr(self, f"_{wish['do']}")
        result = await act(wish, item, context)
        return msgspec.structs.replace(result, tally=wish.get("tally", {}))

    async def _ok(self, wish, item, context) -> ItemResult:
        return _ok({"value": wish.get("value"), "pid": os.getpid(), **wish.get("result", {})})

    async def _fail(self, wish, item, context) -> ItemResult:
        return ItemResult(status=OutcomeStatus.FAILED, result={}, error=wish.get("error", "no"))

    async def _retry(self, wish, item, context) -> ItemResult:
        if item.attempts >= wish["until"]:
            return _ok({})
        return ItemResult(status=OutcomeStatus.FAILED, result={}, error="not yet", retry=True)

    async def _busy(self, wish, item, context) -> ItemResult:
        if item.attempts >= wish.get("until", 1):
            return _ok({})
        return ItemResult(
            status=OutcomeStatus.FAILED,
            result={},
            error="too many requests",
            retry=True,
            pressure=True,
            retry_after_s=wish.get("retry_after_s"),
        )

    async def _sleep(self, wish, item, context) -> ItemResult:
        await trio.sleep(wish["s"])
        return _ok({})

    async def _lists(self, wish, item, context) -> ItemResult:
        """Which lists of domains its HTTP client keeps to, after `s` seconds."""
        await trio.sleep(wish.get("s", 0))
        egress = self._tools.http.egress
        return _ok({"allow": list(egress.allow), "deny": list(egress.deny)})

    async def _spec_of(self, wish, item, context) -> ItemResult:
        return _ok({"spec": self._spec})

    async def _hold(self, wish, item, context) -> ItemResult:
        await trio.sleep_forever()
        return _ok({})

    async def _print(self, wish, item, context) -> ItemResult:
        sys.stdout.write(wish["text"])
        sys.stdout.flush()
        return _ok({})

    async def _raise(self, wish, item, context) -> ItemResult:
        raise RuntimeError(wish.get("error", "bug"))

    async def _die(self, wish, item, context) -> ItemResult:
        if item.attempts >= wish.get("until", 1):
            return _ok({})
        if isinstance(self._tools, InlineTools):
            await self._tools.die()
        os.kill(os.getpid(), signal.SIGKILL)
        return _ok({})

    async def _lose(self, wish, item, context) -> ItemResult:
        if item.strikes >= wish.get("until", 1):
            await trio.sleep(wish.get("s", 0))
            return _ok({"strikes": item.strikes})
        raise BrowserGone("the browser died")

    async def _no_browser(self, wish, item, context) -> ItemResult:
        raise BrowserUnavailable("no browser: install one")

    async def _asset(self, wish, item, context) -> ItemResult:
        return _ok({"size": len(await self._tools.asset(wish["name"]))})

    async def _artifact(self, wish, item, context) -> ItemResult:
        await context.artifact(wish["name"], bytes(wish["bytes"]))
        then = getattr(self, f"_{wish.get('then', 'ok')}")
        return await then(wish, item, context)

    async def _files(self, wish, item, context) -> ItemResult:
        for name, text in wish["files"].items():
            await context.artifact(name, text.encode())
        then = getattr(self, f"_{wish.get('then', 'ok')}")
        return await then(wish, item, context)

    async def _find(self, wish, item, context) -> ItemResult:
        await context.add_items([FoundItem(key, found) for key, found in wish["items"].items()])
        then = getattr(self, f"_{wish.get('then', 'ok')}")
        return await then(wish, item, context)

    async def _spend(self, wish, item, context) -> ItemResult:
        so_far = Spend(**wish.get("before", {}))
        calls, refused, began = 0, None, []
        for call in wish["calls"]:
            try:
                await context.reserve(Spend(**call.get("most", call["cost"])), so_far)
            except SpendRefused as refusal:
                refused = str(refusal)
                break
            began.append(trio.current_time())
            await trio.sleep(call.get("s", 0))
            if "dies" in call:
                await getattr(self, f"_{call['dies']}")(wish, item, context)
            so_far = so_far.plus(Spend(**call["cost"]))
            if "save" in call:
                await context.artifact(call["save"], bytes(call.get("bytes", 9)), so_far)
            await trio.sleep(call.get("tool_s", 0))
            if call.get("settles", True):
                await context.settle(so_far)
            calls += 1
        spent = msgspec.to_builtins(so_far)
        told = {"spent": spent, "calls": calls, "began": began, "refused": refused}
        told["over"] = trio.current_time()
        then = await getattr(self, f"_{wish.get('then', 'ok')}")(wish, item, context)
        spend = so_far if wish.get("told", True) else NO_SPEND
        return msgspec.structs.replace(then, result={**then.result, **told}, spend=spend)

    async def _walk(self, wish, item, context) -> ItemResult:
        names = self._spec["graph"].get(wish["name"], [])
        half = len(names) // 2
        for part in (names[:half], names[half:]):
            await trio.sleep(self._spec.get("s", 0) / 2)
            await context.add_items(
                [FoundItem(name, {"do": "walk", "name": name}) for name in part]
            )
        return _ok({"name": wish["name"]})

    async def _talk(self, wish, item, context) -> ItemResult:
        for number in range(wish.get("lines", 0)):
            context.log("info", f"line {number}")
        for step in range(wish.get("steps", 0)):
            share = step / wish["steps"]
            said = f"{wish.get('word', 'step')} {step}"
            context.progress(share, said, done=step, total=wish["steps"])
            await trio.sleep(wish.get("every_s", 0.3))
        then = getattr(self, f"_{wish.get('then', 'ok')}")
        return await then(wish, item, context)

    async def _fork(self, wish, item, context) -> ItemResult:
        if item.attempts:
            return _ok({})
        if os.fork() == 0:
            signal.pause()
        os.kill(os.getpid(), signal.SIGKILL)
        return _ok({})

    async def _environ(self, wish, item, context) -> ItemResult:
        stdin = os.readlink("/proc/self/fd/0")
        return _ok({"environ": dict(os.environ), "argv": sys.argv, "stdin": stdin})

    async def _child(self, wish, item, context) -> ItemResult:
        return _ok({"pid": _leave_a_child()})

    async def _sessions(self, wish, item, context) -> ItemResult:
        return _ok({"pids": leave_sessions()})

    async def _orphan(self, wish, item, context) -> ItemResult:
        return _ok({"pid": leave_orphan()})

    async def _exit(self, wish, item, context) -> ItemResult:
        os._exit(wish["code"])


def _leave_a_child() -> int:
    child = subprocess.Popen(["sleep", "600"])
    child.returncode = 0  # nobody here waits for it: it ends with the group
    return child.pid


def _ok(result: dict[str, Any]) -> ItemResult:
    return ItemResult(status=OutcomeStatus.OK, result=result)
