"""The items of an agent job: tasks, each a prompt and the name of its folder. Pure.

Used by `executors.agent.spec` and, for what was stored, by the other parts of the kind.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Raw, Struct

from actors.ports.forms import Schema
from executors.described import Shaped, Text, text_or
from executors.problems import BadItem, Reason, Rule, field_problems, text_reason
from executors.scrubbing import Scrubber
from state.model import InputItem

MAX_PROMPT_BYTES = 1024 * 1024
MAX_DIR_CHARS = 100
SHOWN_CHARS = 300

# All tasks of a house are in one worker, which counts the calls that each endpoint gets; those of
# an endpoint that is away are held back together. See `workers.crew.seat_of`.
_PACE_KEY = "agents {endpoint}"

TRANSCRIPT = "transcript"
FILES = "files"


class AgentItem(Struct, frozen=True):
    """An item as it is stored. `dir` is one plain name, its own in the job: what the task makes is
    in `DIR/files/`, how it went in `DIR/transcript/`."""

    dir: str
    first_prompt: str

    def piece(self, number: int) -> str:
        """The name of a piece of its transcript, the first being 1."""
        return f"{self.dir}/{TRANSCRIPT}/{number:04d}.jsonl"

    def file(self, path: str) -> str:
        """The name of a file that it has made."""
        return f"{self.dir}/{FILES}/{path}"


class ItemNames:
    """Gives each task its folder. `endpoint` is the coder's; `keys` are the job's own, which
    prompts must not hold. Written by the one plan that made it."""

    def __init__(self, endpoint: str, keys: Iterable[str] = ()) -> None:
        self._pace_key = _PACE_KEY.format(endpoint=endpoint)
        self._scrub = Scrubber(keys).text
        self._taken: set[str] = set()
        self._count = 0

    def read(self, raw: Any) -> InputItem:
        """A prompt, or an object with one. Raises BadItem."""
        self._count += 1
        fields = {"first_prompt": raw} if isinstance(raw, str) else raw
        if not isinstance(fields, dict):
            raise BadItem((None, "must be a prompt or an object with a first_prompt"))
        problems = field_problems(fields, _RULES, "a task")
        if fields.get("first_prompt") is None:
            problems.append(("first_prompt", "is missing"))
        folder = _plain(fields.get("dir")) or f"task-{self._count:04d}"
        if not problems and folder.casefold() in self._taken:
            problems.append(("dir", f"{folder} is another task's: each has a folder of its own"))
        if problems:
            raise BadItem(*problems)
        self._taken.add(folder.casefold())
        prompt = self._scrub(fields["first_prompt"])
        return InputItem(Raw(msgspec.json.encode(AgentItem(folder, prompt))), self._pace_key)


_items = msgspec.json.Decoder(AgentItem)


def task_schema() -> Schema:
    """An item, as a form has it."""
    return text_or(Text(MAX_PROMPT_BYTES, format="area").schema(), _RULES, ("first_prompt",))


def asked_item(payload: Raw) -> dict[str, Any]:
    """What a user hands in for a stored item."""
    task = stored_item(payload)
    return {"dir": task.dir, "first_prompt": task.first_prompt}


def stored_item(payload: Raw) -> AgentItem:
    return _items.decode(payload)


def describe_item(item: Raw) -> dict[str, Any]:
    """See ExecutorSpec.describe."""
    task = stored_item(item)
    return {"dir": task.dir, "first_prompt": task.first_prompt[:SHOWN_CHARS]}


def _plain(value: Any) -> str:
    """`./game` and `game/` are `game`: so task files write it."""
    text = value.strip() if isinstance(value, str) else ""
    while text.startswith("./"):
        text = text[2:]
    return text.rstrip("/").removesuffix("/.") if text != "." else ""


def prompt_reason(value: Any) -> Reason:
    if (reason := text_reason(value, MAX_PROMPT_BYTES)) is not None:
        return reason
    if len(value.encode()) > MAX_PROMPT_BYTES:
        return f"is longer than {MAX_PROMPT_BYTES} bytes"
    return None


def _dir_reason(value: Any) -> Reason:
    if (reason := text_reason(value, MAX_DIR_CHARS, empty=True)) is not None:
        return reason
    name = _plain(value)
    if name.startswith(("/", "~")) or ".." in name.split("/") or "\\" in name:
        return "is outside of the job's folder: name one of the job's own, such as game-1"
    if "/" in name or not name.isprintable() or name.startswith("."):
        return "must be one plain name, such as game-1, that does not begin with a point"
    return None


_RULES: dict[str, Rule] = {
    "dir": Shaped(_dir_reason, Text(MAX_DIR_CHARS, empty=True).schema()),
    "first_prompt": Shaped(prompt_reason, Text(MAX_PROMPT_BYTES, format="area").schema()),
}
