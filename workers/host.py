"""The worker process: `python -m workers.host SOCKET LIFELINE [MARK]`, started by `workers.launch`.

It speaks `workers.protocol` over the socket, runs jobs in `workers.hosted`, and ends with its
parent: by `workers.lifeline`, and when the socket is closed. SIGTERM and SIGINT are the parent's
business (the parent drains and decides), so they are ignored here.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import trio

from actors.ports.commands import CommandTool
from workers import collector, lifeline
from workers.context import HostHelpers, HostTools
from workers.frames import Frame, Inbox, Outbox, decode_parent, encode
from workers.guard import ItemGuard, NoGuard
from workers.hosted import Host, HostKit
from workers.jail.enter import enter
from workers.jail.guard import JailGuard
from workers.manners import yield_to_desks
from workers.mark import Marker
from workers.memory import MemoryGauge
from workers.outgoing import Outgoing
from workers.protocol import (
    VERSION,
    Hello,
    ProtocolError,
    Settings,
    Unfit,
    Usage,
    check_version,
)


def main() -> None:
    yield_to_desks()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Not SIG_IGN, which what an executor starts would inherit.
        signal.signal(number, _leave_it_to_the_parent)
    lifeline.hold(int(sys.argv[2]))
    connection = socket.socket(fileno=int(sys.argv[1]))
    connection.set_inheritable(False)
    marker = Marker(int(sys.argv[3])) if len(sys.argv) > 3 else None
    trio.run(serve, connection, marker)


def _leave_it_to_the_parent(_number: int, _frame: FrameType | None) -> None:
    """The parent gets the same signal, or sent it by mistake."""


async def serve(connection: socket.socket, marker: Marker | None) -> None:
    """Talk with the parent until it drains us or is gone. A jailed worker has a `marker`."""
    stream = trio.SocketStream(trio.socket.from_stdlib_socket(connection))
    inbox = Inbox(stream)
    frames = await inbox.receive()
    if not frames:
        lifeline.end_with_group()
    settings = _read_settings(frames.pop(0))
    with MemoryGauge() as memory:
        jail, report = settings.jail, None
        if jail is not None:
            report = enter(jail, Path.cwd())
            if (lack := report.lacks(jail.mode)) is not None:
                await stream.send_all(encode(Unfit(lack)))
                return
        guard = _guard(settings, marker)
        async with open_tools(settings) as tools, trio.open_nursery() as nursery:
            outbox = Outbox()
            outbox.put(encode(Hello(VERSION, os.getpid(), report)))
            host = _build_host(settings, guard, tools, outbox, memory, nursery)
            nursery.start_soon(outbox.run, stream)
            nursery.start_soon(_listen, host, inbox, frames)
            collector.settle()
            await host.drained.wait()
            nursery.cancel_scope.cancel()


def _guard(settings: Settings, marker: Marker | None) -> ItemGuard:
    if settings.jail is None:
        return NoGuard()
    if marker is None:
        raise ProtocolError("a jailed worker was given nowhere to mark what it is at")
    return JailGuard(settings.jail, Path.cwd(), marker)


def _build_host(
    settings: Settings,
    guard: ItemGuard,
    tools: HostTools,
    outbox: Outbox,
    memory: MemoryGauge,
    nursery: trio.Nursery,
) -> Host:
    """What does the work; what it has to tell is gathered by tasks in `nursery`."""
    outgoing = Outgoing(
        lambda message: outbox.put(encode(message)),
        lambda: outbox.is_empty,
        lambda messages: outbox.put_now(b"".join(map(encode, messages))),
    )
    nursery.start_soon(outgoing.run)
    nursery.start_soon(tools.tell_proxies, outgoing.fared)
    nursery.start_soon(beat, outbox, outgoing, settings.beat_s, memory)
    kit = HostKit(
        tools,
        outgoing,
        host_backoff_max_s=settings.host_backoff_max_s,
        report=_print_error,
        guard=guard,
    )
    return Host(kit)


def _read_settings(frame: Frame) -> Settings:
    settings = decode_parent(frame)
    if not isinstance(settings, Settings):
        raise ProtocolError(f"settings come first, not {type(settings).__name__}")
    check_version(settings.version)
    return settings


async def _listen(host: Host, inbox: Inbox, frames: list[Frame]) -> None:
    """Do what the parent says, until its end is closed."""
    async with trio.open_nursery() as nursery:
        while True:
            for frame in frames:
                host.handle(decode_parent(frame), nursery)
            frames = await inbox.receive()
            if not frames:
                lifeline.end_with_group()


@asynccontextmanager
async def open_tools(settings: Settings) -> AsyncIterator[HostTools]:
    """The tools that the settings name, each with its own part of them."""
    scratch = None if settings.jail is None else Path.cwd()
    tools = settings.tools
    # Each is imported here: a worker without it must not pay for it.
    if "browser" in tools:
        from workers.browser.tool import open_browser

        own = {**tools["browser"], "scratch": str(Path.cwd())}
        async with open_browser(own, tools["http"]) as browser, helpers_of(tools) as helpers:
            yield HostTools(browser=browser, helpers=helpers)
    elif "http" in tools:
        from workers.net.client import open_http

        async with (
            open_http(tools["http"]) as http,
            helpers_of(tools) as helpers,
            commands_of(tools) as commands,
        ):
            tasks = Path(tools["tasks"]) if "tasks" in tools else scratch
            yield HostTools(http, tasks, helpers=helpers, commands=commands)
    elif "office" in tools:
        from workers.office.tool import HostOffice

        yield HostTools(scratch=scratch, office=HostOffice(tools["office"], Path.cwd()))
    else:
        yield HostTools(scratch=scratch)


@asynccontextmanager
async def helpers_of(tools: dict[str, Any]) -> AsyncIterator[HostHelpers | None]:
    """The helpers, where the settings name them."""
    if "helpers" not in tools:
        yield None
        return
    from workers.helpers.pool import open_helpers

    async with open_helpers(tools["helpers"]) as helpers:
        yield helpers


@asynccontextmanager
async def commands_of(tools: dict[str, Any]) -> AsyncIterator[CommandTool | None]:
    """What runs commands, where the operator allows that."""
    if "commands" not in tools:
        yield None
        return
    from workers.commands.tool import open_commands

    async with open_commands(tools["commands"]) as commands:
        yield commands


async def beat(outbox: Outbox, outgoing: Outgoing, beat_s: float, memory: MemoryGauge) -> None:
    """Tell our memory every few seconds while items are at work: the parent counts our silence.
    What is still on its way to the parent says as much, so nothing is added to it."""
    while True:
        if outgoing.active and outbox.is_empty:
            outbox.put(encode(Usage(memory.resident_bytes())))
        await trio.sleep(beat_s)


def _print_error(text: str) -> None:
    """Our stderr is the parent's log."""
    sys.stderr.write(text)
    sys.stderr.flush()


if __name__ == "__main__":
    main()
