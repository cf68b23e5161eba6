"""Counts tokens offline: roughly and at once before a call, exactly where nobody else has counted.

The rough count is what is set aside for a call, and what a told usage is held against; it is meant
to be rather too high than too low: for prose, code and JSON half above what the tokenizers that
were tried come to, for some scripts up to four times. The exact one is by the
vocabulary of OpenAI's models, which is within a few percent for theirs, and may be a fifth off for
others'. Used by `executors.agent.model.client`.
"""

from __future__ import annotations

import string
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import orjson
import toktok
import trio

from executors.agent.ports import ChatRequest, Message

T = TypeVar("T")

# What stands around a message, and around its answer, besides the texts in it.
MESSAGE_TOKENS = 6
ANSWER_TOKENS = 8

_LETTERS = string.ascii_letters.encode()
_DIGITS = b"0123456789"
_SPACES = b" \t\r"
_REST_OF_CHARACTERS = bytes(range(0x80, 0xC0))
_OF_TWO_BYTES = bytes(range(0xC0, 0xE0))
_OF_THREE_BYTES = bytes(range(0xE0, 0xF0))
_OF_FOUR_BYTES = bytes(range(0xF0, 0x100))

# Tokens by kind of character. Letters of more than a long word are most likely no words.
_A_LETTER = 0.32
_A_STRAY_LETTER = 0.75
_LONG_WORD_CHARS = 12
_A_DIGIT = 1.0
_A_SPACE = 0.15
_A_NEWLINE = 1.0
_A_SIGN = 1.0
_TWO_BYTES, _THREE_BYTES, _FOUR_BYTES = 0.8, 1.2, 4.0

_CACHED_MIN_CHARS = 256
_CACHED_MAX = 8_192
# Many more than calls at once, and few enough to be held on to.
_REQUESTS_MAX, _LASTING_MAX = 128, 128


def rough_tokens(text: str) -> int:
    """Rather too many than too few. A few passes over the bytes, in C."""
    if not text:
        return 0
    data = text.encode("utf-8", "replace")
    words = data.translate(None, _LETTERS)
    numbers = words.translate(None, _DIGITS)
    lines = numbers.translate(None, _SPACES)
    rest = lines.translate(None, b"\n")
    letters, gaps = len(data) - len(words), len(numbers) - len(rest)
    newlines = len(lines) - len(rest)
    if text.isascii():
        signs, others = len(rest), 0.0
    else:
        signs, others = _beyond_ascii(rest)
    in_words = min(letters, _LONG_WORD_CHARS * (gaps + signs + 1))
    tokens = (
        _A_LETTER * in_words
        + _A_STRAY_LETTER * (letters - in_words)
        + _A_DIGIT * (len(words) - len(numbers))
        + _A_SPACE * (gaps - newlines)
        + _A_NEWLINE * newlines
        + _A_SIGN * signs
        + others
    )
    return int(tokens) + 2


def _beyond_ascii(data: bytes) -> tuple[int, float]:
    """How many signs of ASCII are in that, and what tokens all else comes to."""
    beginnings = data.translate(None, _REST_OF_CHARACTERS)
    beyond_two = beginnings.translate(None, _OF_TWO_BYTES)
    beyond_three = beyond_two.translate(None, _OF_THREE_BYTES)
    signs = beyond_three.translate(None, _OF_FOUR_BYTES)
    twos, threes = len(beginnings) - len(beyond_two), len(beyond_two) - len(beyond_three)
    fours = len(beyond_three) - len(signs)
    return len(signs), _TWO_BYTES * twos + _THREE_BYTES * threes + _FOUR_BYTES * fours


class ByIdentity:
    """What was found out of so many things, by which things they are: each is held on to, so that
    none can take its place. Written by its one user."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[int, tuple[object, int]] = OrderedDict()

    def get(self, thing: object) -> int | None:
        known = self._known.get(id(thing))
        return None if known is None else known[1]

    def put(self, thing: object, found: int) -> None:
        self._known[id(thing)] = (thing, found)
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def forget(self, thing: object) -> None:
        self._known.pop(id(thing), None)


class Counting:
    """Counts requests, and remembers long texts that it has counted: a transcript is sent again
    with every call. Shared by all calls of a worker."""

    def __init__(self) -> None:
        # Requests between their `most` and their end; the tools of tasks that are at work, and the
        # schemas of their answers.
        self._requests = ByIdentity(_REQUESTS_MAX)
        self._lasting = ByIdentity(_LASTING_MAX)
        # By hash and length of a text, which its string knows by itself: no text is kept alive.
        # Written by `rough`.
        self._known: dict[tuple[int, int], int] = {}

    def rough(self, text: str) -> int:
        """See `rough_tokens`."""
        if len(text) < _CACHED_MIN_CHARS:
            return rough_tokens(text)
        key = (hash(text), len(text))
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _CACHED_MAX:
                self._known.clear()
            found = self._known[key] = rough_tokens(text)
        return found

    def rough_prompt(self, request: ChatRequest) -> int:
        """All that the endpoint is sent. A request is never changed, and neither are its tools and
        its schema: it is counted once, until it is forgotten. Raises TypeError for what cannot be
        written as JSON."""
        found = self._requests.get(request)
        if found is None:
            found = sum(map(self._rough_message, request.messages)) + _frames(request)
            found += self._rough_lasting(request.tools, _texts_of_tools)
            found += self._rough_lasting(request.answer_schema, _texts_of_schema)
            self._requests.put(request, found)
        return found

    def _rough_message(self, message: Mapping[str, Any]) -> int:
        if not isinstance(message, Message):
            return sum(map(self.rough, _texts_in(message)))
        found = getattr(message, "tokens", None)
        if found is None:
            found = message.tokens = sum(map(self.rough, _texts_in(message)))
        return found

    def forget(self, request: ChatRequest) -> None:
        """Its call is over."""
        self._requests.forget(request)

    def _rough_lasting(self, thing: T, texts: Callable[[T], Iterable[str]]) -> int:
        found = self._lasting.get(thing)
        if found is None:
            found = sum(map(self.rough, texts(thing)))
            self._lasting.put(thing, found)
        return found


def texts_of(request: ChatRequest) -> list[str]:
    """Whatever of a request the model reads. Raises TypeError for what cannot be written as
    JSON."""
    texts: list[str] = []
    for message in request.messages:
        _gather(message, texts)
    return [*texts, *_texts_of_tools(request.tools), *_texts_of_schema(request.answer_schema)]


def _texts_of_tools(tools: Sequence[dict[str, Any]]) -> list[str]:
    return [_json(list(tools))] if tools else []


def _texts_of_schema(schema: dict[str, Any] | None) -> list[str]:
    return [_json(schema)] if schema is not None else []


async def exact_prompt(request: ChatRequest, model: str) -> int:
    """By the vocabulary that is nearest to the model's. Loading it takes some tenths of a second,
    once, in a thread."""
    return await exact_tokens(texts_of(request), model) + _frames(request)


async def exact_tokens(texts: Sequence[str], model: str) -> int:
    """See `exact_prompt`."""
    if not any(texts):
        return 0
    whole = [text.encode("utf-8", "replace").decode() for text in texts]
    counts = await trio.to_thread.run_sync(_count, whole, vocabulary_of(model))
    return sum(counts)


def vocabulary_of(model: str) -> str:
    """OpenAI's older one for its older models; the newer one, which knows more languages, for all
    others."""
    name = model.rpartition("/")[2].lower()
    is_older = name.startswith(("gpt-3.5", "gpt-35", "gpt-4-", "gpt-4_")) or name == "gpt-4"
    return "cl100k_base" if is_older else "o200k_base"


def _count(texts: list[str], vocabulary: str) -> list[int]:
    counts: list[int] = toktok.batch_count(texts, vocabulary, threads=1)
    return counts


def _frames(request: ChatRequest) -> int:
    return MESSAGE_TOKENS * len(request.messages) + ANSWER_TOKENS


def _texts_in(message: Mapping[str, Any]) -> list[str]:
    texts: list[str] = []
    _gather(message, texts)
    return texts


def _gather(value: Any, texts: list[str]) -> None:
    """The texts in it, but for the names of its fields."""
    if isinstance(value, str):
        texts.append(value)
    elif isinstance(value, Mapping):
        for each in value.values():
            _gather(each, texts)
    elif isinstance(value, list | tuple):
        for each in value:
            _gather(each, texts)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
