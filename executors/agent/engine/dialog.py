"""The messages between the coder and its task, and how they are shortened. Pure.

Owned by `executors.agent.engine.state`, which adds to it what was recorded; each message is held
once, and sent with every later call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from executors.agent.ports import Message, ToolCall

# What one shortening does: of all but so many of the last messages, texts of tools are cut to so
# many characters. The first of these that finds anything to cut is done.
_STAGES = ((12, 400), (4, 400), (0, 2_000), (0, 200))


class Dialog:
    """Written by the one `State` that holds it."""

    def __init__(self, system: str) -> None:
        self.messages: list[Message] = [Message(role="system", content=system)]

    def say(self, text: str) -> None:
        """The user's side. Two in a row are one message: some endpoints refuse such."""
        last = self.messages[-1]
        if last["role"] == "user":
            self.messages[-1] = Message(role="user", content=f"{last['content']}\n\n{text}")
        else:
            self.messages.append(Message(role="user", content=text))

    def answer(self, text: str, calls: Sequence[ToolCall]) -> None:
        """The coder's side. An empty answer is no message: endpoints refuse it."""
        if calls:
            tool_calls = [_wire(call) for call in calls]
            self.messages.append(Message(role="assistant", content=text, tool_calls=tool_calls))
        elif text.strip():
            self.messages.append(Message(role="assistant", content=text))

    def tell(self, call: ToolCall, output: str) -> None:
        """What became of a tool call."""
        self.messages.append(Message(role="tool", tool_call_id=call.id, content=output))

    def shorten(self) -> bool:
        """Cut what tools have said and were told, the older first. What users, judges and the coder
        have said stays whole. False where there is nothing left to cut."""
        return any(self._cut(keep_last, most) for keep_last, most in _STAGES)

    def _cut(self, keep_last: int, most: int) -> bool:
        """New messages in the place of those that are cut, so that nobody's copy changes."""
        found = False
        for place in range(max(0, len(self.messages) - keep_last)):
            message = self.messages[place]
            cut = _shorter(message, most)
            if cut is not message:
                self.messages[place] = cut
                found = True
        return found


def _wire(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": _sendable(call.arguments)}
    return {"id": call.id, "type": "function", "function": function}


def _sendable(arguments: str) -> str:
    """Some endpoints refuse a history whose arguments are no object, so they are sent none; what
    was wrong stands in the tool's output."""
    return arguments if _parsed(arguments) is not None else "{}"


def _parsed(arguments: str) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(arguments)
    except (msgspec.DecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _shorter(message: Message, most: int) -> Message:
    """The same object where nothing is cut."""
    if message["role"] == "tool":
        content = _cut_text(message["content"], most)
        if content is message["content"]:
            return message
        return Message({**message, "content": content})
    calls = message.get("tool_calls", [])
    if all(len(call["function"]["arguments"]) <= most for call in calls):
        return message
    cut = [_shorter_call(call, most) for call in calls]
    unchanged = all(new is old for new, old in zip(cut, calls, strict=True))
    return message if unchanged else Message({**message, "tool_calls": cut})


def _shorter_call(call: dict[str, Any], most: int) -> dict[str, Any]:
    """They stay JSON: texts in them are cut, one by one."""
    function = call["function"]
    given = _parsed(function["arguments"]) or {}
    cut = {
        name: _cut_text(value, most) if isinstance(value, str) else value
        for name, value in given.items()
    }
    if all(cut[name] is value for name, value in given.items()):
        return call
    arguments = msgspec.json.encode(cut).decode()
    return {**call, "function": {**function, "arguments": arguments}}


def _cut_text(text: str, most: int) -> str:
    """The same object where it is short enough. The note is within the limit, so that what was cut
    is not cut again."""
    if len(text) <= most:
        return text
    note = f" … ({len(text):,} characters, cut here to save room)"
    return text[: most - len(note)] + note
