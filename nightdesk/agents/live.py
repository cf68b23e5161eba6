"""Shows a batch as it runs: plain lines, and on a terminal a row for each task beneath them.

Used by `nightdesk.cli.agents_work`. A reader that has gone away (`| head`) ends what is shown, and
not the batch: its calls are paid for.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from msgspec import Struct
from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from executors.agent.engine.news import (
    CallBegan,
    CallEnded,
    News,
    RoundBegan,
    TextHeard,
    ToolUsed,
)
from executors.agent.engine.redaction import Redactor
from nightdesk.agents.events import Event, TaskBegan, TaskEnded, TaskNews
from nightdesk.agents.lines import Lines, shown
from nightdesk.cli.terminal import put

_SHOWN_TASKS = 12
_PER_SECOND = 4
_HEARD_EVERY_S = 1.0
_ROLES = {"coder": "✍", "judge": "⚖"}


class Row(Struct):
    """A task at work. Written by `Rows.note`."""

    title: str
    began: float
    round: int = 0
    role: str = ""
    detail: str = ""
    tokens: int = 0


class Rows:
    """The tasks at work, drawn. Written by the one task that tells; read by rich's thread."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._rows: dict[int, Row] = {}

    def note(self, event: Event) -> None:
        match event:
            case TaskBegan(task=task):
                prompt = self._redactor.text(shown(task.first_prompt, 30))
                title = f"{task.index + 1} {prompt}"
                self._rows[task.index] = Row(title, time.monotonic())
            case TaskEnded(task=task):
                self._rows.pop(task.index, None)
            case TaskNews(task=task, news=news) if row := self._rows.get(task.index):
                _note(row, news)
            case _:
                pass

    def __rich__(self) -> RenderableType:
        rows = list(self._rows.values())
        table = Table.grid(padding=(0, 1))
        for row in rows[:_SHOWN_TASKS]:
            table.add_row(*(Text(cell, no_wrap=True) for cell in _cells(row)))
        if len(rows) > _SHOWN_TASKS:
            table.add_row(Text(f"+ {len(rows) - _SHOWN_TASKS}"))
        return table


def _note(row: Row, news: News) -> None:
    match news:
        case RoundBegan():
            row.round, row.detail = news.round, ""
        case CallBegan():
            row.round, row.role, row.detail = news.round, _ROLES[news.role], ""
        case TextHeard():
            row.detail = f"{news.chars:,}"
        case ToolUsed():
            row.detail = shown(f"{news.name} {news.path}", 40)
        case CallEnded():
            row.tokens = news.so_far.tokens
        case _:
            pass


def _cells(row: Row) -> Iterable[str]:
    yield f"#{row.title}"
    yield f"{time.monotonic() - row.began:.0f}s"
    yield f"↻{row.round} {row.role}"
    yield f"{row.tokens:,} tokens"
    yield row.detail


class Shown:
    """Tells what is told: the lines, and the rows where there is a terminal. Written by the one
    task that calls it."""

    def __init__(
        self,
        lines: Lines,
        redactor: Redactor,
        put_line: Callable[[str], None],
        rows: Rows | None,
    ) -> None:
        self._lines = lines
        self._redactor = redactor
        self._put = put_line
        self._rows = rows
        # Nobody reads any more.
        self._deaf = False
        # When something was heard last.
        self._heard_at = -_HEARD_EVERY_S

    def __call__(self, event: Event) -> None:
        if self._rows is not None:
            self._rows.note(event)
        self.say(self._lines.of(event))

    def hear(self, text: str) -> None:
        """Why a call is made again, and the like: one of them in a second tells enough."""
        now = time.monotonic()
        if now - self._heard_at >= _HEARD_EVERY_S:
            self._heard_at = now
            self.say([self._lines.heard(text)])

    def say(self, lines: Iterable[str]) -> None:
        if self._deaf:
            return
        try:
            if said := [self._redactor.text(line) for line in lines]:
                for line in said:
                    self._put(line)
                sys.stdout.flush()
        except OSError:
            # A pipe without a reader, or a terminal that was closed.
            self._deaf = True
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def showing(lines: Lines, redactor: Redactor) -> Iterator[Shown]:
    """Shows, without secrets, for as long as the block lasts; lines afterwards, too."""
    if not sys.stdout.isatty():
        yield Shown(lines, redactor, put, None)
        return
    rows = Rows(redactor)
    console = Console(markup=False, highlight=False, emoji=False)

    def put_above(line: str) -> None:
        console.print(Text(line), soft_wrap=True)

    with Live(rows, console=console, transient=True, refresh_per_second=_PER_SECOND):
        yield Shown(lines, redactor, put_above, rows)
