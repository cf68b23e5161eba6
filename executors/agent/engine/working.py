"""The steps of one task, made: calls, tools, verdicts, and their records.

Built by `executors.agent.engine.task`. What is next is decided elsewhere
(`executors.agent.engine.deciding`); here is the order that makes it safe: reserve, call, hand its
record over, and only then do what it has asked for. The next call waits until that is on disk; but
of quick calls only until the one before is (docs/agents-engine.md).
"""

from __future__ import annotations

from typing import assert_never

import trio

from executors.agent.engine import news
from executors.agent.engine.calling import Asked, Caller, elapsed_s, now_text
from executors.agent.engine.deciding import (
    AskCoder,
    AskJudge,
    Over,
    Step,
    Stop,
    UseTools,
    Weigh,
    next_step,
    status_of,
    verdict_of,
)
from executors.agent.engine.judging import judge_messages
from executors.agent.engine.kit import Kit
from executors.agent.engine.records import (
    Call,
    End,
    Record,
    Restored,
    Role,
    Tool,
    Verdict,
    piece_of,
)
from executors.agent.engine.replay import result_of
from executors.agent.engine.results import TaskResult
from executors.agent.engine.settings import Limits
from executors.agent.engine.state import State, path_of
from executors.agent.engine.verdicts import VERDICT_SCHEMA
from executors.agent.ports import ChatRequest, Snapshot, ToolCall
from state.spending import Spend

# What tools have done is kept before it comes to more than this.
PIECE_CHARS = 4 * 1024 * 1024
# Where calls take so long, their records and what tools have done are on disk before anything else:
# it is nothing beside them, they are dear, and somebody may be looking. Of quicker ones that is
# waited for by the next call but one; what tools have done goes with the next record, as tools can
# be used again.
WATCHED_MS = 500.0
MAX_OUTPUT_CHARS = 256 * 1024
_NAME_CHARS = 100


class Work:
    """One task at work. Written by the one task that runs it."""

    def __init__(self, kit: Kit, limits: Limits, state: State) -> None:
        self._kit = kit
        self._limits = limits
        self._state = state
        self._redactor = kit.redactor
        self._began = trio.current_time() - state.elapsed_s
        self._caller = Caller(kit, limits.cap, self._began)
        # Records that go into the next piece.
        self._unkept: list[Record] = []
        # Why the run ends, where no record says so.
        self._halt: Stop | None = None
        self._best: Snapshot | None = None
        # Of the coder's newest call, where it was made in this life.
        self._call_ms = 0.0

    def begin(self, record: Record) -> None:
        """It is kept with the first call."""
        self._add(record)

    async def mark_best(self) -> None:
        """The files are those of the best round."""
        self._best = await self._kit.folder.snapshot()

    async def run(self) -> TaskResult:
        while True:
            match step := self._next():
                case AskCoder():
                    await self._ask_coder()
                case UseTools():
                    await self._use_tools()
                case AskJudge():
                    await self._ask_judge()
                case Weigh():
                    await self._weigh()
                case Stop():
                    await self._stop(step)
                case Over():
                    return result_of(self._state)
                case _:
                    assert_never(step)

    def _next(self) -> Step:
        if self._halt is not None and self._state.ended is None:
            return self._halt
        return next_step(self._state, self._limits, self._left_s())

    # ------------------------------------------------------------------------------------- calls

    async def _ask_coder(self) -> None:
        state = self._state
        if state.calls_in_round == 0:
            self._kit.tell(news.RoundBegan(state.round))
        request, most = self._fitting()
        record = await self._call("coder", request, most)
        if record is not None and state.shortened > record.shortened:
            self._kit.tell(news.Shortened(state.round))

    def _fitting(self) -> tuple[ChatRequest, Spend]:
        """The messages so far; shortened, where they come to too many tokens. And what the call may
        come to."""
        request = self._request()
        most = self._kit.coder.most(request)
        room = self._limits.max_prompt_tokens
        if most.prompt_tokens <= room:
            return request, most
        while most.prompt_tokens > room and self._state.shorten():
            request = self._request()
            most = self._kit.coder.most(request)
        self._kit.tell(news.Shortened(self._state.round))
        return request, most

    def _request(self) -> ChatRequest:
        return ChatRequest(
            messages=tuple(self._state.dialog.messages),
            tools=self._kit.folder.tools,
            max_tokens=self._limits.max_tokens_a_call,
        )

    async def _ask_judge(self) -> None:
        request = ChatRequest(
            messages=judge_messages(self._state),
            stream=False,
            max_tokens=self._limits.max_tokens_a_call,
            answer_schema=VERDICT_SCHEMA,
        )
        await self._call("judge", request, self._kit.judge.most(request))

    async def _call(self, role: Role, request: ChatRequest, most: Spend) -> Call | None:
        """Make the call and keep its record, with the verdict where it is a judge's."""
        state = self._state
        asked = Asked(role, state.round, state.shortened)
        called = await self._caller.call(asked, request, most, state.spend, self._left_s())
        if called.late:
            self._halt = Stop("time")
        if called.stop is not None:
            self._halt = called.stop
        record = called.record
        if record is not None:
            self._add(record)
            self._call_ms = record.duration_ms
            self._told(record)
            if state.to_weigh is not None:
                await self._weigh()
            elif called.error is None:
                await self._hand_over()
        if called.error is not None:
            await self._keep()
            raise called.error
        return record

    def _told(self, record: Call) -> None:
        so_far = self._state.spend
        self._kit.tell(
            news.CallEnded(record.round, record.role, record.model, so_far, record.error)
        )

    # ------------------------------------------------------------------------ tools and verdicts

    async def _use_tools(self) -> None:
        """What many tools have written is kept in parts: a reply may want 64 large files."""
        chars, used = 0, 0
        while self._state.pending and isinstance(self._next(), UseTools):
            if used:
                # A quick tool waits for nothing, and other tasks want their turns.
                await trio.lowlevel.checkpoint()
            record = await self._used(self._state.pending[0])
            self._add(record)
            used += 1
            chars += sum(len(each.text or each.base64 or "") for each in record.changes)
            if chars > PIECE_CHARS:
                await self._keep()
                chars = 0
        if self._call_ms >= WATCHED_MS:
            await self._keep()

    async def _used(self, call: ToolCall) -> Tool:
        result, hidden = self._redactor.result(await self._kit.folder.use(call))
        name, path = call.name[:_NAME_CHARS], path_of(call)
        self._kit.tell(news.ToolUsed(self._state.round, name, result.ok, path))
        return Tool(
            at=now_text(),
            round=self._state.round,
            id=call.id,
            name=call.name,
            ok=result.ok,
            output=result.output[:MAX_OUTPUT_CHARS],
            changes=result.changes,
            elapsed_s=elapsed_s(self._began),
            hidden=hidden,
        )

    async def _weigh(self) -> None:
        """Kept in one piece with the judge's call; and with the end, if that is all there is."""
        verdict = verdict_of(self._state, now_text())
        self._add(verdict)
        step = self._next()
        if isinstance(step, Stop) and self._is_as_best():
            self._end(step)
        await self._hand_over()
        if verdict.best and self._state.ended is None:
            await self.mark_best()
        self._judged(verdict)

    def _judged(self, verdict: Verdict) -> None:
        self._kit.tell(
            news.Judged(verdict.round, verdict.done, verdict.score, verdict.best, verdict.judged)
        )
        if self._state.ended is not None:
            self._stopped(self._state.ended)

    # -------------------------------------------------------------------------------- the end

    async def _stop(self, step: Stop) -> None:
        """The folder is given the files of the best round, and then it is over."""
        if self._best is not None and not self._is_as_best():
            changes, hidden = self._redactor.changes(await self._kit.folder.restore(self._best))
            record = Restored(
                at=now_text(), round=self._state.best_round, changes=changes, hidden=hidden
            )
            self._add(record)
        end = self._end(step)
        await self._hand_over()
        self._stopped(end)

    def _end(self, step: Stop) -> End:
        state = self._state
        end = End(
            at=now_text(),
            status=status_of(state, step.stop),
            stop=step.stop,
            round=state.begun,
            best_round=state.best_round,
            error=step.error,
            elapsed_s=elapsed_s(self._began),
        )
        self._add(end)
        return end

    def _stopped(self, end: End) -> None:
        self._kit.tell(news.Stopped(end.stop, end.round, end.best_round, end.error))

    def _is_as_best(self) -> bool:
        """Whether there is nothing to put back."""
        return self._state.best_round == 0 or self._state.seen.as_best

    # ----------------------------------------------------------------------------------- records

    def _add(self, record: Record) -> None:
        self._state.add(record)
        self._unkept.append(record)

    async def _hand_over(self) -> None:
        """On its way to the disk, where quick calls or the end follow, which wait for it; on the
        disk, where calls are slow."""
        if self._state.ended is not None:
            await self._kit.book.finish(self._piece(), self._state.spend)
        elif self._call_ms >= WATCHED_MS:
            await self._keep()
        else:
            await self._kit.book.hand_over(self._piece(), self._state.spend)

    async def _keep(self) -> None:
        if piece := self._piece():
            await self._kit.book.keep(piece, self._state.spend)

    def _piece(self) -> bytes:
        piece = piece_of(self._unkept)
        self._unkept.clear()
        return piece

    def _left_s(self) -> float:
        """How long this run may still be worked on."""
        limit_s = self._limits.time_limit_s
        if limit_s is None:
            return float("inf")
        return limit_s - (elapsed_s(self._began) - self._state.run_began_s)
