"""What the WebUI says of itself, read with distrust. Pure. Used by `executors.webui.client`."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from state.text import inert

MAX_ERROR_CHARS = 500
# What the WebUI calls a job that somebody began by hand, in its own page.
_OF_ITS_PAGE = "task("


class BadAnswer(Exception):
    """It is not what the API promises; the message is fit for the user."""


class Progress(Struct, frozen=True):
    """How far a call is: a share from 0 to 1, and the sampler's steps. `is_of_api`: it is at work,
    and not for a page of its own."""

    share: float
    step: int
    steps: int
    is_of_api: bool = False


class _State(Struct, frozen=True):
    sampling_step: int = 0
    sampling_steps: int = 0
    job_count: int = 0
    job: str = ""


class _Progress(Struct, frozen=True):
    progress: float = 0.0
    state: _State = _State()


def read_progress(body: bytes) -> Progress | None:
    """None where it says nothing that can be shown."""
    try:
        told = msgspec.json.decode(body, type=_Progress)
    except msgspec.DecodeError:
        return None
    steps = max(0, told.state.sampling_steps)
    return Progress(
        min(1.0, max(0.0, told.progress)),
        min(max(0, told.state.sampling_step), steps),
        steps,
        told.state.job_count > 0 and not told.state.job.startswith(_OF_ITS_PAGE),
    )


def error_of(body: bytes) -> str:
    """The words of an error in the WebUI's or FastAPI's shape; empty where it has none."""
    try:
        told = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return ""
    if not isinstance(told, dict):
        return ""
    detail = told.get("detail")
    if isinstance(detail, list) and detail and isinstance(detail[0], dict):
        detail = detail[0].get("msg")
    said = map(_words, (told.get("error"), told.get("errors"), detail))
    return inert(": ".join(dict.fromkeys(filter(None, said)))[:MAX_ERROR_CHARS])


def _words(part: Any) -> str:
    return part.strip() if isinstance(part, str) else ""
