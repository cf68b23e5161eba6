"""The wire's types of the operator's WebUI. OpenAPI is generated from them."""

from __future__ import annotations

from msgspec import Struct

from actors.ports.webui import WebUIStatus


class WebUIProgress(Struct, frozen=True):
    """How far the WebUI is with what it makes, and the sampler's steps."""

    percent: float
    step: int
    steps: int


class WebUIAnswer(Struct, frozen=True, kw_only=True):
    """`external`: it is there, and this server has not started it. `port_open`: something is at its
    address; `api_responding`: that is a WebUI with its API. `managed`: this server has started its
    program, whose process is `process_id`. `startable`: this server knows how to. `may_operate`:
    whoever asks may start and end it. `reason` says why it is of no use now."""

    status: WebUIStatus
    port_open: bool
    api_responding: bool
    managed: bool
    process_id: int | None
    startable: bool
    may_operate: bool
    reason: str
    progress: WebUIProgress


class WebUILogLine(Struct, frozen=True):
    """A line that its program has printed."""

    number: int
    text: str


class WebUILogAnswer(Struct, frozen=True):
    """The last lines, the oldest first; `next` is to be asked for as `after`."""

    lines: list[WebUILogLine]
    next: int
