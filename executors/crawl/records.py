"""Reads the answers of a source's own API: JSON, by the paths of its recipe. Runs in a helper."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import jsonpath_rfc9535 as json_path
import orjson

from executors.crawl.wire import (
    MAX_ANSWER_BYTES,
    MAX_TITLE_CHARS,
    FoundWork,
    ImagesAnswer,
    ImagesTask,
    WorksAnswer,
    WorksTask,
)
from executors.urls import parse_url

MAX_ID_CHARS = 100
_PATHS_KEPT = 100


def read_works(task: WorksTask) -> WorksAnswer:
    """The works of an answer; those without an id, such as advertisements, are none."""
    data = _read(task.body)
    if data is None:
        return WorksAnswer(refusal="the answer is not JSON", broken=True)
    found = _keys(data, task) if task.keys_of else _works(data, task)
    works: list[FoundWork] = []
    left_bytes = MAX_ANSWER_BYTES
    for work in found:
        left_bytes -= len(work.id) + len(work.title) * 4 + 16
        if len(works) >= task.most or left_bytes < 0:
            break
        works.append(work)
    return WorksAnswer(tuple(works), _refusal(data, task.refusal))


def read_images(task: ImagesTask) -> ImagesAnswer:
    """The addresses of images."""
    data = _read(task.body)
    if data is None:
        return ImagesAnswer(refusal="the answer is not JSON")
    images: list[str] = []
    left_bytes = MAX_ANSWER_BYTES
    for value in _at(data, task.images):
        if not isinstance(value, str) or len(value) > task.max_url_bytes:
            continue
        left_bytes -= len(value) + 8
        if len(images) >= task.most or left_bytes < 0:
            break
        try:
            images.append(parse_url(value).text)
        except ValueError:
            continue
    return ImagesAnswer(tuple(images), _refusal(data, task.refusal))


def _works(data: Any, task: WorksTask) -> Iterator[FoundWork]:
    for value in _at(data, task.works):
        if not isinstance(value, dict):
            continue
        if (name := _id(value.get(task.id))) is None:
            continue
        title = value.get(task.title)
        count = value.get(task.images) if task.images else None
        yield FoundWork(
            name,
            title[:MAX_TITLE_CHARS] if isinstance(title, str) else "",
            count if type(count) is int and 0 <= count < 1_000_000 else None,
        )


def _keys(data: Any, task: WorksTask) -> Iterator[FoundWork]:
    """The newest first: ids grow. Where there are none, sites write a list."""
    names = [
        name
        for path in task.keys_of
        for value in _at(data, path)
        if isinstance(value, dict)
        for key in value
        if (name := _id(key)) is not None
    ]
    names.sort(key=lambda name: (len(name), name), reverse=True)
    yield from map(FoundWork, names)


def _id(value: Any) -> str | None:
    text = str(value) if type(value) is int else value
    if not isinstance(text, str) or not text.isascii():
        return None
    sound = 0 < len(text) <= MAX_ID_CHARS and text.replace("-", "").replace("_", "").isalnum()
    return text if sound else None


def _refusal(data: Any, path: str) -> str:
    if not path:
        return ""
    text = next(_at(data, path), "")
    return text[:MAX_TITLE_CHARS] if isinstance(text, str) else ""


def _at(data: Any, path: str) -> Iterator[Any]:
    try:
        for node in _path(path).finditer(data):
            yield node.value
    except (json_path.JSONPathError, RecursionError):
        return


@lru_cache(_PATHS_KEPT)
def _path(path: str) -> json_path.JSONPathQuery:
    return json_path.compile(path)


def _read(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
