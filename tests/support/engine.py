"""What the tests of the agent engine work with: a model that answers by script, a folder and a book
in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from executors.agent.engine.news import News
from executors.agent.engine.records import Call, Record, read_pieces
from executors.agent.engine.redaction import Redactor
from executors.agent.engine.settings import Limits, Task
from executors.agent.engine.task import Kit, TaskResult, run_task
from executors.agent.engine.working import WATCHED_MS
from executors.agent.ports import (
    Change,
    ChatReply,
    ChatRequest,
    Snapshot,
    SpendRefused,
    ToolCall,
    ToolResult,
)
from state.spending import NO_SPEND, Spend

PICO_A_TOKEN = 1_000_000
Answer = ChatReply | Exception
Answering = Callable[[ChatRequest], Answer]


def said(text: str = "I have done it.", *calls: ToolCall, **given: Any) -> ChatReply:
    return ChatReply(
        text=text,
        tool_calls=calls,
        finish=given.pop("finish", "tool_calls" if calls else "stop"),
        spend=given.pop("spend", spent(100, 10)),
        duration_ms=given.pop("duration_ms", 50.0),
        **given,
    )


def spent(prompt: int, completion: int) -> Spend:
    picousd = (prompt + completion) * PICO_A_TOKEN
    return Spend(calls=1, prompt_tokens=prompt, completion_tokens=completion, picousd=picousd)


def on_record(**given: Any) -> Call:
    """A call of which nothing else matters."""
    nothing = Call(
        at="",
        round=1,
        role="coder",
        model="m",
        text="",
        tool_calls=(),
        finish="",
        usage_from="endpoint",
        prompt_tokens=0,
        completion_tokens=0,
        cost_usd="0",
        duration_ms=0.0,
    )
    return msgspec.structs.replace(nothing, **given)


def write(path: str, content: str, id: str = "w") -> ToolCall:
    return ToolCall(id, "write_file", json.dumps({"path": path, "content": content}))


def read(path: str, id: str = "r") -> ToolCall:
    return ToolCall(id, "read_file", json.dumps({"path": path}))


def delete(path: str, id: str = "d") -> ToolCall:
    return ToolCall(id, "delete_file", json.dumps({"path": path}))


def verdict(done: bool = False, score: int | None = 50, missing: Sequence[str] = ()) -> ChatReply:
    told = {"done": done, "score": score, "missing": list(missing), "next": "Go on."}
    return said(json.dumps(told))


DONE = verdict(True, 100)


def rounds(*contents: str | None) -> Iterator[ChatReply]:
    """A coder that writes that into `a` in each round, or does nothing."""
    for content in contents:
        if content is not None:
            yield said("", write("a", content))
        yield said(f"Wrote {content}.")


def scores(*values: int | None) -> list[ChatReply]:
    """A judge that is never content."""
    return [verdict(False, value) for value in values]


@dataclass
class ScriptedModel:
    """Answers one request after the other; the same request once more gets the same answer."""

    name: str
    script: Iterable[Answer] | Answering
    priced: bool = True
    asked: list[ChatRequest] = field(default_factory=list)
    book: MemoryBook | None = None
    known: dict[bytes, Answer] = field(default_factory=dict)

    def __post_init__(self):
        self._next = iter(self.script) if not callable(self.script) else None

    def most(self, request: ChatRequest) -> Spend:
        prompt = sum(len(json.dumps(each)) for each in request.messages) // 4
        most = spent(prompt, request.max_tokens)
        return most if self.priced else Spend(1, most.prompt_tokens, request.max_tokens, 0, 1)

    async def call(self, request: ChatRequest, heard=lambda text: None) -> ChatReply:
        if self.book is not None:
            assert self.book.reserved is not None, "a call that nothing was set aside for"
            before = [each for each in read_pieces(self.book.unkept) if isinstance(each, Call)]
            assert len(before) <= 1, "a call before the last but one is on disk"
            slow = [each for each in before if each.duration_ms >= WATCHED_MS]
            assert not slow, "a call before a slow one is on disk"
        self.asked.append(request)
        answer = self._answer(request)
        if isinstance(answer, Exception):
            raise answer
        if request.stream:
            heard(answer.text)
        return answer

    def _answer(self, request: ChatRequest) -> Answer:
        if self._next is None:
            return self.script(request)
        key = msgspec.json.encode(request)
        if key not in self.known:
            self.known[key] = next(self._next)
        return self.known[key]


@dataclass
class MemoryBook:
    """Refuses what would come to more tokens than its cap. Nothing is on disk before it has to."""

    kept: list[bytes] = field(default_factory=list)
    # Handed over, and not on disk; so many of them before the last call was reserved.
    unkept: list[bytes] = field(default_factory=list)
    under_way: int = 0
    tokens: int | None = None
    reserved: Spend | None = None
    so_far: Spend = NO_SPEND
    reservations: list[tuple[Spend, Spend]] = field(default_factory=list)

    async def pieces(self) -> Sequence[bytes]:
        return tuple(self.kept)

    async def reserve(self, most: Spend, so_far: Spend) -> None:
        if self.tokens is not None and so_far.tokens + most.tokens > self.tokens:
            raise SpendRefused(f"the job's cap of {self.tokens} tokens is reached")
        self._sync(self.under_way)
        self.under_way = len(self.unkept)
        self.reserved = most
        self.reservations.append((most, so_far))

    async def hand_over(self, piece: bytes, so_far: Spend) -> None:
        assert piece.endswith(b"\n")
        self.unkept.append(piece)
        self.so_far = so_far

    async def keep(self, piece: bytes, so_far: Spend) -> None:
        await self.hand_over(piece, so_far)
        self._sync(len(self.unkept))
        self.reserved = None

    async def finish(self, piece: bytes, so_far: Spend) -> None:
        await self.keep(piece, so_far)

    def left(self) -> None:
        """Who takes the task up again finds all that it had handed over: the desk sees to it."""
        self._sync(len(self.unkept))

    def _sync(self, count: int) -> None:
        self.kept += self.unkept[:count]
        del self.unkept[:count]
        self.under_way = 0

    @property
    def records(self) -> list[Record]:
        return list(read_pieces(self.kept))

    def of(self, kind: type[Any]) -> list[Any]:
        return [each for each in self.records if isinstance(each, kind)]


@dataclass
class MemoryFolder:
    """The tools of a folder, without one."""

    files: dict[str, str] = field(default_factory=dict)
    used: list[ToolCall] = field(default_factory=list)
    kept: dict[str, dict[str, str]] = field(default_factory=dict)
    tools: Sequence[dict[str, Any]] = ({"type": "function", "function": {"name": "write_file"}},)

    async def use(self, call: ToolCall) -> ToolResult:
        self.used.append(call)
        try:
            given = json.loads(call.arguments)
        except (ValueError, RecursionError) as error:
            return ToolResult(ok=False, output=f"the arguments are no JSON: {error}")
        if not isinstance(given, dict):
            return ToolResult(ok=False, output="the arguments are no object")
        return self._used(call.name, given)

    def _used(self, name: str, given: dict[str, Any]) -> ToolResult:
        path = given.get("path", "")
        match name:
            case "write_file":
                self.files[path] = given["content"]
                change = Change(path=path, text=given["content"], diff=f"+{given['content']}")
                return ToolResult(ok=True, output="written", changes=(change,))
            case "read_file" if path in self.files:
                return ToolResult(ok=True, output=self.files[path])
            case "delete_file" if path in self.files:
                del self.files[path]
                return ToolResult(ok=True, output="gone", changes=(Change(path=path),))
            case _:
                return ToolResult(ok=False, output=f"there is no {name} {path}")

    async def apply(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.text is None:
                self.files.pop(change.path, None)
            else:
                self.files[change.path] = change.text

    async def snapshot(self) -> Snapshot:
        name = f"snapshot {len(self.kept)}"
        self.kept[name] = dict(self.files)
        return Snapshot({name: ""})

    async def restore(self, snapshot: Snapshot) -> tuple[Change, ...]:
        before, self.files = self.files, dict(self.kept[next(iter(snapshot.files))])
        paths = sorted(before.keys() | self.files.keys())
        return tuple(
            Change(path=path, text=self.files.get(path))
            for path in paths
            if before.get(path) != self.files.get(path)
        )


@dataclass
class Bench:
    """One task, with all that it is worked on with."""

    coder: ScriptedModel
    judge: ScriptedModel
    book: MemoryBook = field(default_factory=MemoryBook)
    folder: MemoryFolder = field(default_factory=MemoryFolder)
    task: Task = field(default_factory=lambda: Task("game", "Write a game."))
    secrets: tuple[str, ...] = ()
    news: list[News] = field(default_factory=list)

    @classmethod
    def of(cls, coder: Iterable[Answer], judge: Iterable[Answer] = (DONE,), **given: Any) -> Bench:
        return cls(ScriptedModel("coder-1", coder), ScriptedModel("judge-1", judge), **given)

    async def run(self, **limits: Any) -> TaskResult:
        self.coder.book = self.judge.book = self.book
        kit = Kit(
            coder=self.coder,
            judge=self.judge,
            folder=self.folder,
            book=self.book,
            tell=self.news.append,
            redactor=Redactor(self.secrets),
        )
        try:
            return await run_task(self.task, kit, Limits(**limits))
        finally:
            self.book.left()

    def told(self, kind: type[Any]) -> list[Any]:
        return [each for each in self.news if isinstance(each, kind)]
