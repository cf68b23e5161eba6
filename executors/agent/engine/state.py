"""How a task stands: all that its records come to. Pure.

The engine adds each record when it has been made, and the same ones when a task goes on
(`executors.agent.engine.replay`): there is one way from records to what is next, so a task that was
interrupted does what it would have done.
"""

from __future__ import annotations

from collections import deque
from typing import assert_never

import msgspec

from executors.agent.engine import prompts
from executors.agent.engine.dialog import Dialog
from executors.agent.engine.records import (
    AWAY,
    CUT,
    TOO_LONG,
    Begin,
    Call,
    End,
    Record,
    Restored,
    Role,
    TaskNamed,
    Tool,
    Verdict,
)
from executors.agent.engine.seen import SeenFiles
from executors.agent.ports import ToolCall
from state.spending import NO_SPEND, Spend

# Of a reply's tool calls so many are done.
MAX_TOOLS_A_REPLY = 64
# What the judge gets to see of tools: so many uses, and so much of what each said.
USED_N = 40
USED_CHARS = 400


class Unfit(Exception):
    """That record cannot come after those before it."""


class State:
    """Written by whoever works on the one task it is of, through `add` alone."""

    def __init__(self) -> None:
        self.task = TaskNamed("", "")
        self.run = 0
        self.ended: End | None = None
        self.elapsed_s = 0.0
        self.run_began_s = 0.0
        # What calls came to.
        self.spend = NO_SPEND
        self.spends: dict[str, Spend] = {}
        self.roles: dict[Role, Spend] = {}
        # Rounds: the last that has a call, that has a verdict, and had one when this run began.
        self.begun = 0
        self.judged = 0
        self.judged_before_run = 0
        self.best_round = 0
        self.best_score: int | None = None
        # Rounds without gain, one after the other, up to the last that was judged.
        self.stale = 0
        self.done = False
        self.last_response = ""
        self.last_evaluation = ""
        # Where the round stands.
        self.dialog = Dialog("")
        self.shortened = 0
        self.calls_in_round = 0
        self.pending: deque[ToolCall] = deque()
        self.nudged = False
        self.acted = False
        self.to_weigh: Call | None = None
        self.failed = ""
        self.seen = SeenFiles()
        self.used: list[str] = []
        self.used_n = 0
        self._left_out = 0

    @property
    def round(self) -> int:
        """That which is worked on, or would be next. The first is 1."""
        return self.judged + 1

    def add(self, record: Record) -> None:
        """Raises Unfit."""
        match record:
            case Begin():
                self._begin(record)
            case Call():
                self._call(record)
            case Tool():
                self._tool(record)
            case Verdict():
                self._verdict(record)
            case Restored():
                self._demand(self.run > 0 and self.ended is None, "restored")
            case End():
                self._demand(self.run > 0 and self.ended is None, "end")
                self.ended = record
                self.elapsed_s = record.elapsed_s
            case _:
                assert_never(record)

    def _demand(self, fits: bool, name: str) -> None:
        if not fits:
            raise Unfit(f"a record {name!r} does not belong here")

    def _begin(self, record: Begin) -> None:
        self._demand(not self.done and record.run > self.run, "begin")
        if self.run == 0:
            self.task = record.task
            self.dialog = Dialog(prompts.CODER.format(folder=record.task.dir))
            self.dialog.say(record.task.first_prompt)
        self.run = record.run
        self.ended = None
        self.failed = ""
        self.stale = 0
        self.run_began_s = self.elapsed_s
        self.judged_before_run = self.judged

    def _call(self, record: Call) -> None:
        at_work = self.run > 0 and self.ended is None and self.to_weigh is None
        fits = at_work and not self.pending and record.round == self.round
        self._demand(fits, "call")
        self.begun = record.round
        self._count(record)
        if record.finish in (AWAY, CUT) and record.error:
            return
        if record.role == "judge":
            self.to_weigh = record
        else:
            self._coder(record)

    def _count(self, record: Call) -> None:
        self.elapsed_s = record.elapsed_s
        spend = record.spend
        self.spend = self.spend.plus(spend)
        self.spends[record.model] = self.spends.get(record.model, NO_SPEND).plus(spend)
        self.roles[record.role] = self.roles.get(record.role, NO_SPEND).plus(spend)

    def _coder(self, record: Call) -> None:
        while self.shortened < record.shortened:
            self.shorten()
        self.calls_in_round += 1
        if record.error:
            if record.finish != TOO_LONG or not self.shorten():
                self.failed = record.error
            return
        self.dialog.answer(record.text, record.tool_calls)
        self.pending.extend(record.tool_calls)
        self._left_out = record.left_out
        if record.text.strip() or not record.tool_calls:
            self.last_response = record.text
        if not record.tool_calls:
            self._without_tools(record)

    def shorten(self) -> bool:
        """Cut older messages; False where there is nothing left to cut. Not done otherwise than by
        `add`, but right before a call whose record will say so."""
        self.shortened += 1
        return self.dialog.shorten()

    def _without_tools(self, record: Call) -> None:
        """The round is over, but for one more word to a coder who said nothing, or was cut."""
        empty = not record.text.strip()
        if self.nudged or not (empty or record.finish == "length"):
            self.acted = True
            return
        self.nudged = True
        self.dialog.say(prompts.NUDGE_EMPTY if empty else prompts.NUDGE_CUT)

    def _tool(self, record: Tool) -> None:
        fits = self.ended is None and self.pending and self.pending[0].id == record.id
        self._demand(bool(fits) and record.round == self.round, "tool")
        call = self.pending.popleft()
        self.elapsed_s = record.elapsed_s
        output = record.output
        if not self.pending and self._left_out:
            output += prompts.LEFT_OUT.format(count=self._left_out, most=MAX_TOOLS_A_REPLY)
            self._left_out = 0
        self.dialog.tell(call, output)
        self.seen.add(record.changes)
        self.used_n += 1
        if len(self.used) < USED_N:
            said = " ".join(record.output[:USED_CHARS].split())
            self.used.append(prompts.used_line(record.name, path_of(call), record.ok, said))

    def _verdict(self, record: Verdict) -> None:
        self._demand(self.to_weigh is not None and record.round == self.round, "verdict")
        gained = self.scores_more(record.score)
        self.stale = 0 if gained or self.seen.of_round else self.stale + 1
        if record.best:
            self.best_round = record.round
            self.best_score = record.score
            self.seen.mark_best()
        self.judged = record.round
        self.elapsed_s = record.elapsed_s
        self.done = record.done
        self.last_evaluation = record.text
        self._next_round(record)

    def scores_more(self, score: int | None) -> bool:
        """Than the best round; any score is more than none."""
        return score is not None and (self.best_score is None or score > self.best_score)

    def _next_round(self, record: Verdict) -> None:
        self.to_weigh = None
        self.acted = self.nudged = False
        self.calls_in_round = 0
        self.used.clear()
        self.used_n = 0
        self.seen.begin_round()
        if not record.done:
            self.dialog.say(prompts.next_round(record.score, record.text or prompts.UNSAID))


def path_of(call: ToolCall) -> str:
    """What a tool call is about, as far as it says so."""
    try:
        given = msgspec.json.decode(call.arguments)
    except (msgspec.DecodeError, RecursionError):
        return ""
    value = given.get("path", given.get("pattern")) if isinstance(given, dict) else None
    return value[:200] if isinstance(value, str) else ""
