"""Asks an endpoint which models it has, before a batch begins.

Used by whoever starts one: a name that is wrong is then told at once, and not by every task. It is
a favour: an endpoint without such a list, or with one that cannot be read, says nothing.
"""

from __future__ import annotations

import difflib

import trio

from actors.ports import HttpError, HttpService
from executors.agent.model.answers import failure_of, read_refusal
from executors.agent.model.json_text import NotJson, read_json
from executors.agent.ports import KeyRefused, ModelUnknown
from executors.scrubbing import Scrubber

MODELS = "/models"
MAX_LIST_BYTES = 4 * 1024 * 1024
LIST_S = 10.0
_NAMED = 3


async def listed_models(service: HttpService, key: str = "") -> frozenset[str] | None:
    """By their names; None where the endpoint does not tell. Raises KeyRefused."""
    try:
        with trio.move_on_after(LIST_S):
            status, body = await _asked(service, key)
            if status in (401, 402, 403):
                scrub = Scrubber((key, *service.secrets)).text
                failure = failure_of(read_refusal(status, body, scrub), "", None)
                if isinstance(failure, KeyRefused):
                    raise failure
            return _names(body) if status == 200 else None
    except (HttpError, NotJson):
        return None
    return None


async def check_model(service: HttpService, model: str, key: str = "") -> None:
    """Raises ModelUnknown where the endpoint tells its models, and that is none of them;
    KeyRefused."""
    models = await listed_models(service, key)
    if not models or model in models or _bare(model) in map(_bare, models):
        return
    near = difflib.get_close_matches(model, sorted(models), _NAMED) or sorted(models)[:_NAMED]
    raise ModelUnknown(f"the endpoint has no model {model}; it has {', '.join(near)}")


async def _asked(service: HttpService, key: str) -> tuple[int, bytes]:
    headers = [("authorization", f"Bearer {key}")] if key else []
    pieces: list[bytes] = []
    left = MAX_LIST_BYTES
    async with service.request(
        "GET", MODELS, headers=headers, connect_timeout_s=LIST_S, read_timeout_s=LIST_S
    ) as reply:
        async for piece in reply.iter_bytes():
            left -= len(piece)
            if left < 0:
                raise NotJson("the list of models is too long")
            pieces.append(piece)
        return reply.status_code, b"".join(pieces)


def _names(body: bytes) -> frozenset[str] | None:
    told = read_json(body)
    models = told.get("data") if isinstance(told, dict) else told
    if not isinstance(models, list):
        return None
    names = (each.get("id") if isinstance(each, dict) else each for each in models)
    return frozenset(name for name in names if isinstance(name, str) and name) or None


def _bare(model: str) -> str:
    """Some list `models/NAME`, or `NAME:latest`, and know the name alone."""
    return model.removeprefix("models/").removesuffix(":latest").lower()
