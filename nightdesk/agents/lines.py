"""What a batch says line by line: the contract's own lines, which people's scripts read. Pure, but
for the time of day.

In Chinese, as the contract has them, or in English by `--lang en`; the wording is in
`nightdesk.cli.agents_words`. Used by `nightdesk.cli.agents_work` as they are, and by
`nightdesk.agents.live` above what it draws.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, assert_never

from executors.agent.engine.news import CallBegan, News, Resumed, RoundBegan
from executors.agent.engine.results import TaskResult
from executors.agent.engine.summary import tokens_a_call
from executors.agent.model.bill import Bill, Tariff, added, dollars, spent_in
from nightdesk.agents.batch import Batch, Outcome
from nightdesk.agents.events import BatchBegan, Event, Resting, TaskBegan, TaskEnded, TaskNews
from nightdesk.agents.journal import Ended
from nightdesk.agents.task_file import Task
from state.spending import Spend
from state.text import inert

RULE = "=" * 60
PROMPT_CHARS = 40
ERROR_CHARS = 500
_ICONS = {"completed": "✅", "error": "❌", "timeout": "⏰"}


class Say(Protocol):
    """A text of the command line's, by its key."""

    def __call__(self, key: str, /, **values: object) -> str: ...


class Lines:
    """One batch's lines. Written by the one task that tells."""

    def __init__(self, say: Say, tariff: Tariff) -> None:
        self._say = say
        self._tariff = tariff
        # Rounds whose judging was told, by task: a judge that is asked twice is told once.
        self._judged: dict[int, int] = {}

    def of(self, event: Event) -> Iterator[str]:
        match event:
            case BatchBegan():
                yield from self._batch_began(event)
            case TaskBegan():
                yield from self._task_began(event)
            case TaskNews():
                yield from self._news(event.task, event.total, event.news)
            case TaskEnded():
                yield from self._task_ended(event)
            case Resting():
                yield self._say("agents.line.resting", seconds=f"{event.rest_s:g}")
            case _:
                assert_never(event)

    def heard(self, text: str) -> str:
        """What a call has met with."""
        return self._say("agents.line.heard", text=shown(text, ERROR_CHARS))

    def _batch_began(self, event: BatchBegan) -> Iterator[str]:
        say = self._say
        yield say("agents.line.loaded", count=event.total)
        if event.before:
            yield say("agents.line.before", count=event.before)
        yield ""
        if event.concurrent is None:
            yield say("agents.line.serial", count=event.total)
        else:
            yield say("agents.line.parallel", count=event.total, most=event.concurrent)
        yield RULE

    def _task_began(self, event: TaskBegan) -> Iterator[str]:
        say, task = self._say, event.task
        yield ""
        yield say("agents.line.task", number=task.index + 1, total=event.total)
        yield say("agents.line.prompt", prompt=shown(task.first_prompt, PROMPT_CHARS))
        if event.folder is not None:
            yield say("agents.line.folder", folder=inert(str(event.folder)))

    def _news(self, task: Task, total: int, news: News) -> Iterator[str]:
        """Of what the engine tells, what the contract shows."""
        match news:
            case RoundBegan(round=1):
                yield self._status(task, total, self._say("agents.status.began"))
            case Resumed():
                said = self._say("agents.status.resumed", round=news.round, calls=news.calls)
                yield self._status(task, total, said)
            case CallBegan(role="judge") if self._judged.get(task.index) != news.round:
                self._judged[task.index] = news.round
                said = self._say("agents.status.judging", round=news.round)
                yield self._status(task, total, said)

    def _status(self, task: Task, total: int, status: str) -> str:
        at = time.strftime("%H:%M:%S")
        number = task.index + 1
        return self._say("agents.line.status", at=at, number=number, total=total, status=status)

    def _task_ended(self, event: TaskEnded) -> Iterator[str]:
        say, ended, task = self._say, event.ended, event.task
        result = ended.result
        self._judged.pop(task.index, None)
        yield self._status(task, event.total, self.ending(result))
        yield say(
            f"agents.line.{result.status}",
            number=task.index + 1,
            seconds=f"{ended.duration_s:.2f}",
            done=event.done,
            total=event.total,
        )
        yield say("agents.line.outcome", status=result.status, rounds=result.iterations)
        yield self._tokens(result.spend)
        yield self.cost(self._tariff.bill(result.spends), result.spend)

    def ending(self, result: TaskResult) -> str:
        """The contract's status for how it ended."""
        if result.status == "error":
            return self._say("agents.status.error", error=shown(result.error, ERROR_CHARS))
        return self._say(f"agents.status.{result.stop}")

    def _tokens(self, spend: Spend) -> str:
        return self._say(
            "agents.line.tokens",
            all=f"{spend.tokens:,}",
            prompt=f"{spend.prompt_tokens:,}",
            completion=f"{spend.completion_tokens:,}",
            calls=f"{spend.calls:,}",
        )

    def cost(self, bill: Bill, spend: Spend) -> str:
        if not bill.known:
            return self._say("agents.line.cost_unknown")
        said = self._say(
            "agents.line.cost",
            total=dollars(bill.total),
            input=dollars(bill.input),
            output=dollars(bill.output),
        )
        if spend.unpriced:
            said += self._say("agents.line.cost_partly", calls=f"{spend.unpriced:,}")
        return said

    # ------------------------------------------------------------------------- at the end

    def summary(self, batch: Batch, outcome: Outcome) -> Iterator[str]:
        """The block at the end."""
        say = self._say
        mode = "serial" if batch.concurrent is None else "parallel"
        if outcome.stopped or outcome.interrupted:
            mode = "broken_off"
        yield ""
        yield RULE
        yield say(f"agents.sum.{mode}", seconds=f"{outcome.duration_s:.2f}")
        yield ""
        yield from self._counts(batch, outcome.ended)
        yield ""
        yield from self._token_sums(outcome.ended)
        yield ""
        yield from self._cost_sums(outcome.ended)
        if outcome.unfinished:
            yield self._unfinished(outcome.unfinished)
        yield ""
        yield say("agents.sum.details")
        for ended in sorted(outcome.ended, key=lambda ended: ended.index):
            yield self._detail(ended)

    def _counts(self, batch: Batch, ended: Sequence[Ended]) -> Iterator[str]:
        say, total = self._say, len(batch.tasks)
        statuses = [each.result.status for each in ended]
        yield say("agents.sum.head")
        for status in ("completed", "error", "timeout"):
            yield say(f"agents.sum.{status}", count=statuses.count(status))
        if total > len(ended):
            yield say("agents.sum.not_run", count=total - len(ended))
        percent = 100 * statuses.count("completed") / total
        yield say("agents.sum.rate", percent=f"{percent:.1f}")

    def _token_sums(self, ended: Sequence[Ended]) -> Iterator[str]:
        spend = spent_in(each.result.spend for each in ended)
        yield self._say("agents.sum.tokens")
        for key, value in (
            ("all", spend.tokens),
            ("prompt", spend.prompt_tokens),
            ("completion", spend.completion_tokens),
            ("calls", spend.calls),
            ("average", tokens_a_call(spend)),
        ):
            yield self._say(f"agents.sum.tokens.{key}", count=f"{value:,}")

    def _cost_sums(self, ended: Sequence[Ended]) -> Iterator[str]:
        spends = added(each.result.spends for each in ended)
        yield self._say("agents.sum.costs")
        total = spent_in(spends.values())
        yield self.cost(self._tariff.bill(spends), total)
        yield from self._by_model(spends)

    def _unfinished(self, unfinished: Sequence[Mapping[str, Spend]]) -> str:
        """In none of the sums above, as it is of no result."""
        spends = added(unfinished)
        spend, bill = spent_in(spends.values()), self._tariff.bill(spends)
        return self._say(
            "agents.sum.unfinished",
            count=len(unfinished),
            tokens=f"{spend.tokens:,}",
            calls=f"{spend.calls:,}",
            cost=f"${dollars(bill.total)}" if bill.known else self._say("agents.unknown"),
        )

    def _by_model(self, spends: Mapping[str, Spend]) -> Iterator[str]:
        for model, spend in spends.items():
            bill = self._tariff.bill({model: spend})
            key = "agents.sum.model" if bill.known else "agents.sum.model_unknown"
            yield self._say(
                key,
                model=inert(model),
                cost=dollars(bill.total),
                tokens=f"{spend.tokens:,}",
                calls=f"{spend.calls:,}",
            )

    def _detail(self, ended: Ended) -> str:
        result = ended.result
        line = self._say(
            "agents.sum.task",
            icon=_ICONS[result.status],
            number=ended.index + 1,
            status=result.status,
            seconds=f"{ended.duration_s:.2f}",
        )
        return f"{line} ({result.spend.tokens:,} tokens)" if result.spend.tokens else line


def shown(text: str, chars: int) -> str:
    """One line of it, cut where it is long."""
    line = inert(" ".join(text.split()))
    return line if len(line) <= chars else f"{line[:chars]}..."
