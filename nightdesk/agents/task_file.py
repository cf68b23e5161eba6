"""Reads `task.json`: strictly, and naming line and column of what is wrong with it. Pure but for
the reading itself.

What is wrong with the form of the file refuses all of it; a task whose prompt is missing or cannot
be used keeps its place, with the reason, and the others run.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct

from executors.agent.items import prompt_reason

MAX_TASKS = 10_000
MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_DIR_CHARS = 4_096
FIELDS = ("dir", "first_prompt")

_SPACE = re.compile(r"[ \t\r\n]*")
_BOM = "\ufeff"


class TaskFileError(Exception):
    """The file cannot be used: `key` is of the command line's words, `values` what they name."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.values = values


class Task(Struct, frozen=True, kw_only=True):
    """`index` counts from 0; `line` is where the task begins. `problem` is why it cannot be worked
    on, empty where it can. `raw` is what the file says of it."""

    index: int
    line: int
    dir: str
    first_prompt: str
    problem: str = ""
    raw: dict[str, Any] = {}


class Place(NamedTuple):
    """Both count from 1."""

    line: int
    column: int


class Member(NamedTuple):
    """Of an object: its key, where that stands, and where its value begins and ends."""

    key: str
    at: int
    begin: int
    end: int


def read_tasks(path: Path) -> tuple[Task, ...]:
    """Raises TaskFileError."""
    return parse_tasks(_text(_bytes(path), path), path)


def parse_tasks(text: str, path: Path) -> tuple[Task, ...]:
    """The tasks of that JSON; `path` is only named. Raises TaskFileError."""
    text = text.removeprefix(_BOM)
    whole = _decoded(text, path)
    if not isinstance(whole, dict):
        raise TaskFileError("shape", path=path)
    listed = -1
    for member in _members(text, _past_space(text, 0), path):
        if member.key != "tasks":
            raise _at("unknown", text, member.at, path, field=member.key, known="tasks")
        listed = member.begin
    if listed < 0 or not isinstance(whole["tasks"], list):
        raise TaskFileError("shape", path=path)
    if not whole["tasks"]:
        raise TaskFileError("empty", path=path)
    if len(whole["tasks"]) > MAX_TASKS:
        raise TaskFileError("many", path=path, count=len(whole["tasks"]), most=MAX_TASKS)
    return tuple(_tasks(text, listed, path))


def _bytes(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise TaskFileError("no_file", path=path, reason="it is no file")
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise TaskFileError("missing", path=path) from None
    except OSError as error:
        raise TaskFileError("no_file", path=path, reason=error.strerror) from error
    except ValueError as error:
        raise TaskFileError("no_file", path=path, reason=str(error)) from error
    if len(data) > MAX_FILE_BYTES:
        raise TaskFileError("large", path=path, most=MAX_FILE_BYTES)
    return data


def _text(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise TaskFileError("encoding", path=path, line=line, column=column) from None


def _decoded(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        reason = error.msg[:1].lower() + error.msg[1:]
        raise TaskFileError(
            "json", path=path, line=error.lineno, column=error.colno, reason=reason
        ) from None
    except RecursionError:
        raise TaskFileError("deep", path=path) from None
    except ValueError as error:
        # A number of thousands of digits.
        raise TaskFileError("number", path=path, reason=str(error).partition(";")[0]) from None


# ------------------------------------------------------------------------------------- the tasks


def _tasks(text: str, listed: int, path: Path) -> Iterator[Task]:
    decoder = json.JSONDecoder()
    at = _past_space(text, listed + 1)
    index, line, before = 0, 1, 0
    while text[at] != "]":
        raw, end = decoder.raw_decode(text, at)
        line += text.count("\n", before, at)
        before = at
        if not isinstance(raw, dict):
            raise _at("no_task", text, at, path, number=index + 1)
        for member in _members(text, at, path):
            if member.key not in FIELDS:
                known = ", ".join(FIELDS)
                raise _at("unknown", text, member.at, path, field=member.key, known=known)
        yield _task(index, line, raw)
        index += 1
        at = _past_comma(text, end)


def _task(index: int, line: int, raw: dict[str, Any]) -> Task:
    folder, prompt = raw.get("dir"), raw.get("first_prompt")
    problem = ""
    if prompt is None:
        problem = "first_prompt is missing"
    elif (reason := prompt_reason(prompt)) is not None:
        problem = f"first_prompt {reason}"
    elif (reason := _dir_reason(folder)) is not None:
        problem = f"dir {reason}"
    kept = _writable(raw) if problem else raw
    folder, prompt = kept.get("dir"), kept.get("first_prompt")
    return Task(
        index=index,
        line=line,
        dir=folder if isinstance(folder, str) else "",
        first_prompt=prompt if isinstance(prompt, str) else "",
        problem=problem,
        raw=kept,
    )


def _writable(raw: dict[str, Any]) -> dict[str, Any]:
    """With question marks for halves of characters (a lone `\\ud800`): no file can hold these, and
    what is wrong with the task is to be told all the same."""
    text = json.dumps(raw, ensure_ascii=False)
    kept: dict[str, Any] = json.loads(text.encode("utf-8", "replace"))
    return kept


def _dir_reason(folder: Any) -> str | None:
    if folder is None:
        return None
    if not isinstance(folder, str):
        return "must be text"
    if len(folder) > MAX_DIR_CHARS:
        return f"is longer than {MAX_DIR_CHARS} characters"
    if not folder.isprintable():
        return "holds characters that no folder's name should have"
    return None


# ------------------------------------------------------------------------------ where things are


def _members(text: str, at: int, path: Path) -> Iterator[Member]:
    """The members of the object that begins there; it is known to be whole. Raises TaskFileError
    for a key that comes twice."""
    decoder = json.JSONDecoder()
    seen: set[str] = set()
    at = _past_space(text, at + 1)
    while text[at] != "}":
        key, after = decoder.raw_decode(text, at)
        begin = _past_space(text, _past_space(text, after) + 1)
        _, end = decoder.raw_decode(text, begin)
        if key in seen:
            raise _at("twice", text, at, path, field=key)
        seen.add(key)
        yield Member(key, at, begin, end)
        at = _past_comma(text, end)


def _past_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return at if match is None else match.end()


def _past_comma(text: str, at: int) -> int:
    at = _past_space(text, at)
    return _past_space(text, at + 1) if text[at] == "," else at


def place_of(text: str, at: int) -> Place:
    return Place(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def _at(key: str, text: str, at: int, path: Path, **values: object) -> TaskFileError:
    place = place_of(text, at)
    return TaskFileError(key, path=path, line=place.line, column=place.column, **values)
