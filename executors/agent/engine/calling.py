"""One call of a model: reserved, made within the time that is left, and put into a record.

Used by `executors.agent.engine.working`, which keeps the record.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache

import msgspec
import trio
from msgspec import Struct

from executors.agent.engine import records
from executors.agent.engine.deciding import Stop, cap_reason
from executors.agent.engine.kit import Kit
from executors.agent.engine.news import CallBegan, TextHeard
from executors.agent.engine.records import Call, Role
from executors.agent.engine.state import MAX_TOOLS_A_REPLY
from executors.agent.ports import (
    AnswerBroken,
    ChatReply,
    ChatRequest,
    ModelError,
    PromptTooLong,
    RequestRefused,
    SpendRefused,
    ToolCall,
    UsageSource,
)
from state.spending import NO_SPEND, Spend, SpendCap


class Asked(Struct, frozen=True):
    """Who is asked, in which round; `shortened` is how often the messages have been by then."""

    role: Role
    round: int
    shortened: int


class Called(Struct, frozen=True):
    """What came of asking: a record to be kept, or why no call was made. `error` is to be raised
    once the record is kept; `late`: the time was over first."""

    record: Call | None = None
    stop: Stop | None = None
    error: ModelError | None = None
    late: bool = False


class Caller:
    """Makes the calls of one task. Holds no state of its own."""

    def __init__(self, kit: Kit, cap: SpendCap, began: float) -> None:
        """`began` is as that of `elapsed_s`."""
        self._kit = kit
        self._redactor = kit.redactor
        self._cap = cap
        self._began = began

    async def call(
        self, asked: Asked, request: ChatRequest, most: Spend, so_far: Spend, left_s: float
    ) -> Called:
        """`most` is what the call may come to. Raises what `Book.reserve` does, but for its
        SpendRefused."""
        if (stop := cap_reason(self._cap, so_far, most)) is not None:
            return Called(stop=stop)
        heard = _Heard(asked.role, self._kit.tell)
        if left_s == float("inf"):
            return await self._reserved(asked, request, most, so_far, heard)
        with trio.move_on_after(left_s):
            return await self._reserved(asked, request, most, so_far, heard)
        record = self._cut(asked, request, heard.chars) if heard.began else None
        return Called(record=record, late=True)

    async def _reserved(
        self, asked: Asked, request: ChatRequest, most: Spend, so_far: Spend, heard: _Heard
    ) -> Called:
        try:
            await self._kit.book.reserve(most, so_far)
        except SpendRefused as error:
            return Called(stop=Stop("budget", self._redactor.text(str(error))))
        heard.began = True
        model = self._kit.model_of(asked.role)
        self._kit.tell(CallBegan(asked.round, asked.role, model.name))
        began = trio.current_time()
        try:
            reply = await model.call(request, heard.add)
        except ModelError as error:
            return self._failed(asked, error, (trio.current_time() - began) * 1000)
        return Called(record=self._answered(asked, self._redactor.reply(reply)))

    def _failed(self, asked: Asked, error: ModelError, duration_ms: float) -> Called:
        text = self._redactor.text(str(error))
        if text != str(error):
            error.args = (text, *error.args[1:])
        match error:
            case PromptTooLong():
                finish = records.TOO_LONG
            case RequestRefused():
                finish = records.REFUSED
            case AnswerBroken():
                finish = records.BROKEN
            case _:
                finish = records.AWAY
        why = text or type(error).__name__
        record = self._unanswered(asked, finish, why, error.spend, duration_ms)
        if finish != records.AWAY:
            return Called(record=record)
        # What is raised ends the task here, and leaves a record only of what it has cost.
        return Called(record=None if error.spend == NO_SPEND else record, error=error)

    def _cut(self, asked: Asked, request: ChatRequest, chars: int) -> Call:
        """The endpoint charges for what it has written so far, and says no more how much that is:
        each character counts as a token, and the prompt as our own count has it."""
        heard = msgspec.structs.replace(request, max_tokens=max(1, min(chars, request.max_tokens)))
        most = self._kit.model_of(asked.role).most(heard)
        spend = msgspec.structs.replace(most, calls=1, counted=1, unpriced=min(1, most.unpriced))
        return self._unanswered(asked, records.CUT, "the time of the task was over", spend)

    def _unanswered(
        self, asked: Asked, finish: str, error: str, spend: Spend, duration_ms: float = 0.0
    ) -> Call:
        source: UsageSource = "counted" if spend.counted else "endpoint"
        nothing = ChatReply(
            text="", finish=finish, spend=spend, usage_from=source, duration_ms=duration_ms
        )
        return self._answered(asked, nothing, error)

    def _answered(self, asked: Asked, reply: ChatReply, error: str = "") -> Call:
        spend = reply.spend
        return Call(
            at=now_text(),
            round=asked.round,
            role=asked.role,
            model=self._kit.model_of(asked.role).name,
            text=reply.text,
            tool_calls=tuple(_distinct(reply.tool_calls[:MAX_TOOLS_A_REPLY])),
            finish=reply.finish,
            usage_from=reply.usage_from,
            prompt_tokens=spend.prompt_tokens,
            completion_tokens=spend.completion_tokens,
            cost_usd=records.cost_text(spend),
            duration_ms=records.round_ms(reply.duration_ms),
            elapsed_s=elapsed_s(self._began),
            error=error,
            left_out=max(0, len(reply.tool_calls) - MAX_TOOLS_A_REPLY),
            shortened=asked.shortened,
            calls=spend.calls,
            unpriced=spend.unpriced,
            counted=spend.counted,
        )


def elapsed_s(began: float) -> float:
    """How long a task has been worked on that began then by Trio's clock, or would have without the
    times between its runs."""
    return round(trio.current_time() - began, 3)


def now_text() -> str:
    """The time of day, for records."""
    at_s, ms = divmod(time.time_ns() // 1_000_000, 1_000)
    return f"{_second_text(at_s)}.{ms:03}Z"


@lru_cache(maxsize=1)
def _second_text(at_s: int) -> str:
    """Many records are of the same second."""
    return datetime.fromtimestamp(at_s, UTC).replace(tzinfo=None).isoformat()


class _Heard:
    """Tells how much of an answer has come. Written by the one call that it listens to."""

    def __init__(self, role: Role, tell: Callable[[TextHeard], None]) -> None:
        self.began = False
        self.chars = 0
        self._role = role
        self._tell = tell

    def add(self, text: str) -> None:
        self.chars += len(text)
        self._tell(TextHeard(self._role, self.chars))


def _distinct(calls: tuple[ToolCall, ...]) -> Iterator[ToolCall]:
    """Answers are told by the id of their call, so each has one of its own."""
    taken: set[str] = set()
    for place, call in enumerate(calls, 1):
        name = call.id if call.id and call.id not in taken else f"{call.id or 'call'}-{place}"
        while name in taken:
            name += "-"
        taken.add(name)
        yield ToolCall(name, call.name, call.arguments)
