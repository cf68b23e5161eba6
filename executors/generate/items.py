"""The items of a generate job: prompts, each with what it has of its own. Pure.

Used by `executors.generate.spec` and, for what was stored, by `executors.generate.run`.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

import msgspec
from msgspec import Raw, Struct

from actors.ports.forms import Schema
from actors.ports.webui import WEBUI
from executors.described import Shaped, Text, text_or
from executors.generate.options import MAX_PROMPT_CHARS, SEED
from executors.problems import BadItem, Reason, Rule, field_problems
from executors.vision.sources import PictureSource, Sources, asked_source
from state.model import InputItem

MAX_PICTURE_BYTES = 8 * 1024 * 1024
SHOWN_CHARS = 300

_DATA_URL = re.compile(r"data:image/(?:png|jpeg|webp);base64,", re.IGNORECASE)
MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")


class Prompt(Struct, frozen=True, omit_defaults=True):
    """An item as it is stored. What it leaves out is the job's. What img2img begins with is
    `picture`, in base64, or enclosed: the picture of `source`."""

    prompt: str
    negative_prompt: str | None = None
    seed: int | None = None
    picture: str | None = None
    source: PictureSource | None = None


def item_schema() -> Schema:
    """An item, as a form has it."""
    prompt = Text(MAX_PROMPT_CHARS, format="area").schema()
    return text_or(prompt, _RULES, ())


def asked_item(payload: Raw) -> Any:
    """What a user hands in for a stored item."""
    stored = stored_prompt(payload)
    said: dict[str, Any] = {"negative_prompt": stored.negative_prompt, "seed": stored.seed}
    if stored.picture is not None:
        said["init_image"] = f"data:image/{_type_of(stored.picture)};base64,{stored.picture}"
    elif stored.source is not None:
        said["init_image"] = asked_source(stored.source)
    more = {name: value for name, value in said.items() if value is not None}
    return {"prompt": stored.prompt, **more} if more else stored.prompt


def _type_of(picture: str) -> str:
    head = base64.b64decode(picture[:16])
    return "png" if head.startswith(MAGIC[0]) else "webp" if head.startswith(MAGIC[2]) else "jpeg"


def read_item(raw: Any, prompt: str, sources: Sources) -> InputItem:
    """A prompt, or an object with one; `prompt` is the job's, which an item may be content with.
    Raises BadItem."""
    fields = {"prompt": raw} if isinstance(raw, str) else raw
    if not isinstance(fields, dict):
        raise BadItem((None, "must be a prompt or an object with a prompt"))
    problems = field_problems(fields, _RULES, "an item of a generate job")
    said = fields.get("prompt")
    if isinstance(said, str) and not said.strip():
        said = None
    if said is None and not prompt.strip():
        problems.append(("prompt", "is missing"))
    if problems:
        raise BadItem(*problems)
    picture = fields.get("init_image")
    stored = Prompt(
        prompt if said is None else said,
        fields.get("negative_prompt"),
        fields.get("seed"),
        picture.partition(",")[2] if isinstance(picture, str) else None,
        _source(picture, sources) if isinstance(picture, dict) else None,
    )
    return InputItem(Raw(msgspec.json.encode(stored)), WEBUI)


def stored_prompt(payload: Raw) -> Prompt:
    return msgspec.json.decode(payload, type=Prompt)


def describe_item(item: Raw) -> dict[str, Any]:
    """See ExecutorSpec.describe."""
    return {"prompt": stored_prompt(item).prompt[:SHOWN_CHARS]}


def _source(named: dict[str, Any], sources: Sources) -> PictureSource:
    """Raises BadItem."""
    try:
        return sources.read(named)
    except BadItem as bad:
        raise BadItem(*((_within(field), reason) for field, reason in bad.problems)) from None


def _within(field: str | None) -> str:
    return "init_image" if field is None else f"init_image.{field}"


def _picture_reason(value: Any) -> Reason:
    if isinstance(value, dict):
        return None
    if not isinstance(value, str) or (head := _DATA_URL.match(value)) is None:
        return "must be a data URL of a PNG, JPEG or WebP picture, in base64, or name a picture"
    if (len(value) - head.end()) * 3 // 4 > MAX_PICTURE_BYTES:
        return f"is larger than {MAX_PICTURE_BYTES} bytes"
    try:
        data = base64.b64decode(value[head.end() :], validate=True)
    except binascii.Error:
        return "is not valid base64"
    return None if data.startswith(MAGIC) else "is no PNG, JPEG or WebP picture"


_PROMPT = Text(MAX_PROMPT_CHARS, empty=True, format="area")
_RULES: dict[str, Rule] = {
    "prompt": _PROMPT,
    "negative_prompt": _PROMPT,
    "seed": SEED,
    "init_image": Shaped(_picture_reason, {"type": ["string", "object"]}),
}
