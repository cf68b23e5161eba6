"""Puts a reply together from the pieces of a stream, or from one whole answer. Pure.

Used by `executors.agent.model.exchange`. No two endpoints send quite the same: fields are missing,
twice, of another type. What can be read is, what cannot is passed over; limits hold for all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import orjson

from executors.agent.model.json_text import whole
from executors.agent.ports import ToolCall

MAX_TEXT_CHARS = 2 * 1024 * 1024
MAX_CALLS = 64
MAX_ARGUMENT_CHARS = 2 * 1024 * 1024
MAX_NAME_CHARS = 256
MAX_ID_CHARS = 256

_THOUGHTS: Final = ("reasoning_content", "reasoning")


class TooMuch(ValueError):
    """A reply is over a limit; the message names it."""


class EndpointError(Exception):
    """The endpoint tells of an error where its answer should be; `told` is what it says."""

    def __init__(self, told: Any) -> None:
        super().__init__("an error in the place of an answer")
        self.told = told


class _Call:
    """A tool call that is being told. Written by its assembly."""

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.arguments: list[str] = []


class Assembly:
    """One reply, as far as it has come. Written by the task that reads it."""

    def __init__(self, heard: Callable[[str], None]) -> None:
        self._heard = heard
        self._text: list[str] = []
        self._thoughts: list[str] = []
        self._chars = 0
        self._argument_chars = 0
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}
        self.finish = ""
        self.model = ""
        # As it was told last, whatever it is.
        self.usage: Any = None
        # Whether a choice has come, and whether the endpoint has said that nothing more will.
        self.has_begun = False
        self.is_over = False

    @property
    def is_complete(self) -> bool:
        """The reply is all there; its usage may be to come."""
        return self.has_begun and (self.is_over or bool(self.finish))

    @property
    def text(self) -> str:
        return whole("".join(self._text))

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """With ids that are unique; where the endpoint has none, or one twice, they are ours."""
        return tuple(_with_ids(self._calls))

    def texts(self) -> Iterator[str]:
        """All that the model has written, and thought where it shows that."""
        yield self.text
        yield whole("".join(self._thoughts))
        for call in self._calls:
            yield call.name
            yield whole("".join(call.arguments))

    def take(self, told: Any) -> None:
        """An event of a stream, or the whole answer. Raises EndpointError, TooMuch."""
        if not isinstance(told, dict):
            raise EndpointError(told)
        if (error := told.get("error")) is not None:
            raise EndpointError(error)
        if (usage := told.get("usage")) is not None:
            self.usage = usage
        if not self.model and isinstance(name := told.get("model"), str):
            self.model = name[:MAX_NAME_CHARS]
        choices = told.get("choices")
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            self._choice(choices[0])

    def _choice(self, choice: dict[str, Any]) -> None:
        self.has_begun = True
        if (usage := choice.get("usage")) is not None and self.usage is None:
            self.usage = usage
        for place in ("delta", "message"):
            if isinstance(part := choice.get(place), dict):
                self._part(part)
        if isinstance(finish := choice.get("finish_reason"), str) and finish:
            if finish == "error":
                raise EndpointError(choice.get("error"))
            self.finish = finish[:MAX_NAME_CHARS]

    def _part(self, part: dict[str, Any]) -> None:
        if content := part.get("content") or part.get("refusal"):
            self._say(content)
        for place in _THOUGHTS:
            if isinstance(thought := part.get(place), str) and thought:
                self._thoughts.append(thought)
                self._count_chars(thought)
                break
        if isinstance(calls := part.get("tool_calls"), list):
            for told in calls:
                self._call(told)
        elif isinstance(old := part.get("function_call"), dict):
            self._call({"index": 0, "function": old})

    def _say(self, content: Any) -> None:
        for text in _texts(content):
            self._text.append(text)
            self._count_chars(text)
            self._heard(whole(text))

    def _count_chars(self, text: str) -> None:
        self._chars += len(text)
        if self._chars > MAX_TEXT_CHARS:
            raise TooMuch(f"the model's text has more than {MAX_TEXT_CHARS:,} characters")

    def _call(self, told: Any) -> None:
        if not isinstance(told, dict):
            return
        function = told.get("function")
        function = function if isinstance(function, dict) else {}
        name = function.get("name")
        name = name if isinstance(name, str) else ""
        own_id = told.get("id")
        own_id = own_id[:MAX_ID_CHARS] if isinstance(own_id, str) else ""
        call = self._which(told.get("index"), own_id, name)
        call.id = call.id or own_id
        # Some send it in pieces, some again with every piece of the arguments.
        if name and name != call.name:
            call.name = (call.name + name)[:MAX_NAME_CHARS]
        if (arguments := _arguments(function.get("arguments"))) is not None:
            call.arguments.append(arguments)
            self._argument_chars += len(arguments)
            if self._argument_chars > MAX_ARGUMENT_CHARS:
                raise TooMuch(f"its tool calls have more than {MAX_ARGUMENT_CHARS:,} characters")

    def _which(self, index: Any, own_id: str, name: str) -> _Call:
        """The call that a piece belongs to, which may be a new one."""
        if isinstance(index, int) and not isinstance(index, bool):
            known = self._by_index.get(index)
            # A name comes once a call, so this is another under the index of the first.
            is_another = known is not None and own_id and known.id and name and own_id != known.id
            if known is None or is_another:
                known = self._by_index[index] = self._new_call()
            return known
        if own_id:
            named = next((each for each in self._calls if each.id == own_id), None)
            return named or self._new_call()
        if not self._calls or (name and self._calls[-1].arguments):
            return self._new_call()
        return self._calls[-1]

    def _new_call(self) -> _Call:
        if len(self._calls) >= MAX_CALLS:
            raise TooMuch(f"the reply has more than {MAX_CALLS} tool calls")
        call = _Call()
        self._calls.append(call)
        return call


def _texts(content: Any) -> Sequence[str]:
    """Of a text, or of a list of parts."""
    if isinstance(content, str):
        return (content,)
    parts = content if isinstance(content, list) else ()
    texts = (part.get("text") if isinstance(part, dict) else part for part in parts)
    return [text for text in texts if isinstance(text, str) and text]


def _arguments(told: Any) -> str | None:
    """Some send the object itself."""
    if told is None or isinstance(told, str):
        return told or None
    try:
        return orjson.dumps(told).decode()
    except (orjson.JSONEncodeError, RecursionError):
        return None


def _with_ids(calls: list[_Call]) -> Iterator[ToolCall]:
    taken: set[str] = set()
    for number, call in enumerate(calls, 1):
        wanted = whole(call.id) or f"call_{number}"
        own_id, more = wanted, 2
        while own_id in taken:
            own_id = f"{wanted}_{more}"
            more += 1
        taken.add(own_id)
        yield ToolCall(own_id, whole(call.name), whole("".join(call.arguments)))
