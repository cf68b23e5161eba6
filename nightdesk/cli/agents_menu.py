"""The menus of `nightdesk agents` alone.

Made by `nightdesk.cli.agents_work`. A bare Enter at the first question runs ./task.json in parallel
with 3 at once, as users of the older programs know it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

from executors.agent.options import MAX_CONCURRENCY
from nightdesk.agents.plan import Order
from nightdesk.agents.viewing import result_files
from nightdesk.cli.agents_shown import Results
from nightdesk.cli.terminal import clean, put
from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import Words

_FILE = Path("task.json")
_CONCURRENT = 3
_CHOICES = ("serial", "parallel", "test", "view", "costs", "quit")


class _Gone(Exception):
    """Nobody answers any more."""


class Menus:
    """Asks, and has done what was chosen; runs are made by `run_order`, results shown by
    `results`."""

    def __init__(self, words: Words, run_order: Callable[[Order], int], results: Results) -> None:
        self._words = words
        self._run_order = run_order
        self._results = results
        # Whether anything was ever answered. Written by `_ask`.
        self._answered = False

    def run(self, folder: Path) -> int:
        """Until a batch has been run, or no more is wanted; the exit code. Raises UsageError where
        nobody is there to be asked."""
        try:
            while True:
                code = self._chosen(folder)
                if code is not None:
                    return code
        except _Gone:
            if not self._answered:
                raise UsageError(self._words("agents.no_terminal")) from None
            return 0

    def _chosen(self, folder: Path) -> int | None:
        """One choice; None where another is to be made."""
        words = self._words
        put("")
        put(words("agents.menu.title"))
        for name in _CHOICES:
            put(words(f"agents.menu.{name}"))
        written = self._ask("agents.menu.choose")
        match written:
            case "":
                return self._work(Order(file=self._file()))
            case "1":
                return self._work(Order(file=self._file(), mode="serial"))
            case "2":
                concurrent = self._concurrent()
                return self._work(Order(file=self._file(), max_concurrent=concurrent))
            case "3":
                return self._work(Order(file=self._file(), test=True))
            case "4":
                self._view(folder)
            case "5":
                self._in_spite(lambda: self._results.costs())
            case "0" | "q":
                return 0
            case _:
                put(words("agents.menu.bad", written=clean(written)))
        return None

    def _work(self, order: Order) -> int:
        return self._run_order(order)

    def _view(self, folder: Path) -> None:
        found = result_files(folder)
        if not found:
            put(self._words("agents.menu.no_results", folder=clean(folder)))
            return
        for number, path in enumerate(found, 1):
            put(f"{number}. {clean(path.name)}")
        number = self._number("agents.menu.which", 1, len(found))
        self._in_spite(lambda: self._results.view(found[number - 1]))

    def _in_spite(self, show: Callable[[], int]) -> None:
        """What cannot be shown is said, and the menu comes again."""
        try:
            show()
        except UsageError as error:
            put(str(error))

    # ------------------------------------------------------------------------------------ asking

    def _file(self) -> Path:
        """Asked for where there is none of the usual name."""
        if _FILE.exists():
            return _FILE
        written = self._ask("agents.menu.file", path=_FILE)
        return Path(written).expanduser() if written else _FILE

    def _concurrent(self) -> int:
        return self._number("agents.menu.concurrent", _CONCURRENT, MAX_CONCURRENCY)

    def _number(self, key: str, usual: int, most: int) -> int:
        while True:
            written = self._ask(key)
            if not written:
                return usual
            if re.fullmatch(r"[0-9]{1,9}", written) and 1 <= int(written) <= most:
                return int(written)
            put(self._words("agents.menu.bad_number", written=clean(written), most=most))

    def _ask(self, key: str, **values: object) -> str:
        """Raises _Gone."""
        sys.stdout.write(self._words(key, **values))
        sys.stdout.flush()
        line = sys.stdin.readline()
        if not line:
            put("")
            raise _Gone
        self._answered = True
        return line.strip()
