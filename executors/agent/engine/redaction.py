"""Takes the secrets of a task out of texts. The one way in and out of the engine for them.

Used by `executors.agent.engine.working` on all that comes from users, models, tools and endpoints,
before it is recorded, sent, told or given to a tool; everything else is made of what was recorded.
Pure.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote

import msgspec

from executors.agent.ports import Change, ChatReply, ToolCall, ToolResult
from executors.coded import coded_forms

HIDDEN = "***"
# A shorter secret stands in too many words to be taken out of them.
MIN_SECRET_CHARS = 6
# So much of a longer one, from anywhere in it, is hidden too: texts are cut, and read in parts.
PART_CHARS = 12
# A part of that length holds one of the windows that are looked for, as they stand 7 apart:
# few, and not so short that many texts have one by chance.
_WINDOW_CHARS, _STRIDE = 6, 7


class Redactor:
    """Knows the secrets of one task. Never changed."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {each.strip() for each in secrets}
        forms = {form for each in known for form in _forms(each) if len(form) >= MIN_SECRET_CHARS}
        # The longest first: others may stand in it.
        self._forms = tuple(sorted(forms, key=lambda form: (-len(form), form)))
        self._coded = tuple(form for each in known if each for form in coded_forms(each))
        both = (*self._coded, *self._forms)
        # Where any of them or a part of it stands, one of these does.
        self._marks = tuple(dict.fromkeys(mark for form in both for mark in _marks(form)))

    def text(self, text: str) -> str:
        """Without the secrets and parts of them; and such that it can be written as UTF-8."""
        text = _writable(text)
        if len(text) < MIN_SECRET_CHARS or not any(map(text.__contains__, self._marks)):
            return text
        for form in (*self._coded, *self._forms):
            text = text.replace(form, HIDDEN)
        for form in (*self._coded, *reversed(self._forms)):
            text = _without_parts(text, form)
        return text

    def reply(self, reply: ChatReply) -> ChatReply:
        return msgspec.structs.replace(
            reply,
            text=self.text(reply.text),
            finish=self.text(reply.finish),
            tool_calls=tuple(
                ToolCall(self.text(each.id), self.text(each.name), self.text(each.arguments))
                for each in reply.tool_calls
            ),
        )

    def result(self, result: ToolResult) -> tuple[ToolResult, tuple[str, ...]]:
        """Also which of its paths are not to be put back from it: a secret was in the contents."""
        changes, hidden = self.changes(result.changes)
        return ToolResult(ok=result.ok, output=self.text(result.output), changes=changes), hidden

    def changes(self, changes: Iterable[Change]) -> tuple[tuple[Change, ...], tuple[str, ...]]:
        both = [self._change(each) for each in changes]
        hidden = tuple(change.path for change, is_hidden in both if is_hidden)
        return tuple(change for change, _ in both), hidden

    def contents(self, data: bytes) -> bytes | None:
        """Of a file: without the secrets. None for what is no text and holds one."""
        if not self._forms:
            return data
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return None if self._holds(data) else data
        return self.text(text).encode()

    def _holds(self, data: bytes) -> bool:
        """Whether bytes that are no text have a secret in them."""
        return any(form.encode() in data for form in (*self._coded, *self._forms))

    def _change(self, change: Change) -> tuple[Change, bool]:
        if not self._forms:
            return change, False
        text = None if change.text is None else self.text(change.text)
        coded = change.base64
        if coded is not None and self._in_bytes(coded):
            coded = ""
        path = self.text(change.path)
        hidden = (text, coded, path) != (change.text, change.base64, change.path)
        diff = self.text(change.diff)
        return Change(path=path, text=text, base64=coded, diff=diff), hidden

    def _in_bytes(self, coded: str) -> bool:
        try:
            data = base64.b64decode(coded)
        except (binascii.Error, ValueError):
            return False
        return self._holds(data)


def _forms(secret: str) -> tuple[str, ...]:
    """Itself, and how it stands in addresses, in JSON and in HTML."""
    in_json = json.dumps(secret)[1:-1]
    return secret, quote(secret, safe=""), in_json, html.escape(secret)


def _writable(text: str) -> str:
    """Half of a surrogate pair is no character, and cannot be written."""
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


def _marks(form: str) -> Iterator[str]:
    """What tells that it, or a part of it that is to be hidden, may be there."""
    if len(form) <= PART_CHARS:
        yield form
    else:
        yield from (form[at : at + _WINDOW_CHARS] for at in _windows(form))


def _windows(secret: str) -> range:
    """Where they begin."""
    return range(0, len(secret) - _WINDOW_CHARS + 1, _STRIDE)


def _without_parts(text: str, secret: str) -> str:
    if len(secret) <= PART_CHARS or len(text) < PART_CHARS:
        return text
    for at in _windows(secret):
        text = _without_window(text, secret, at)
    return text


def _without_window(text: str, secret: str, at: int) -> str:
    """Hides every run of `PART_CHARS` or more around that window of the secret."""
    window = secret[at : at + _WINDOW_CHARS]
    kept: list[str] = []
    done = 0
    found = text.find(window)
    while found >= 0:
        start, end = _grown(text, secret, found, at)
        if end - start >= PART_CHARS:
            kept += (text[done:start], HIDDEN)
            done = end
        found = text.find(window, max(done, found + 1))
    return "".join((*kept, text[done:])) if kept else text


def _grown(text: str, secret: str, found: int, at: int) -> tuple[int, int]:
    """As much to both sides as is the secret's."""
    start, end = found, found + _WINDOW_CHARS
    while start > 0 and at > 0 and text[start - 1] == secret[at - 1]:
        start, at = start - 1, at - 1
    rest = at + (end - start)
    while end < len(text) and rest < len(secret) and text[end] == secret[rest]:
        end, rest = end + 1, rest + 1
    return start, end
