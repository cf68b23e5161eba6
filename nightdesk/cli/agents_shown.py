"""What is in a file of results, for `agents view` and `agents costs`, and for the menus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from executors.agent.model.comparing import UNKNOWN, USUAL, Compared, Known, compare, money_text
from executors.agent.model.prices import BadPrices, PriceTable, read_prices
from nightdesk.agents.viewing import BadResults, Entry, ResultFile, read_results, result_files
from nightdesk.cli.terminal import clean, forgive_encodings, put, put_table
from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import Words
from state.spending import Spend

_ICONS = {"completed": "✅", "error": "❌", "timeout": "⏰"}
_CUT_CHARS = 200
_PROMPT_CHARS = 60
_MILLION = 1_000_000
# What a price list shows: so much of both.
_EACH = Spend(1, _MILLION, _MILLION)


class Results:
    """Shows files of results. Knows the words."""

    def __init__(self, words: Words) -> None:
        self._words = words
        forgive_encodings()

    def view(self, file: Path | None = None, task: int | None = None) -> int:
        """All tasks in short, or one of them whole. Raises UsageError."""
        path, results = self._read(file)
        entries = sorted(results.results, key=lambda entry: entry.taskIndex)
        if task is None:
            self._show_summary(results)
        else:
            entries = [entry for entry in entries if entry.taskIndex == task - 1]
            if not entries:
                raise UsageError(self._words("agents.view.no_task", path=clean(path), number=task))
        for entry in entries:
            self._show(entry, _CUT_CHARS if task is None else None)
        return 0

    def costs(
        self, file: Path | None = None, prices: Path | None = None, models: Sequence[str] = ()
    ) -> int:
        """Compared with the usual models, and with those. Raises UsageError."""
        table = self._prices(prices)
        others = (*(Known(name, name, "") for name in models), *USUAL)
        if file is None and not result_files(Path.cwd()):
            put(self._words("agents.costs.listed"))
            self._table([], compare({"": _EACH}, table, others))
            return 0
        path, results = self._read(file)
        spend = results.spend
        put(clean(path))
        put(self._words("agents.costs.what", **_tokens(spend)))
        self._show_unfinished(results)
        self._table([*self._paid(results)], compare({"": spend}, table, others))
        return 0

    # ----------------------------------------------------------------------------------- reading

    def _read(self, file: Path | None) -> tuple[Path, ResultFile]:
        """Raises UsageError."""
        if file is None:
            found = result_files(Path.cwd())
            if not found:
                raise UsageError(self._words("agents.menu.no_results", folder=clean(Path.cwd())))
            file = found[0]
        try:
            return file, read_results(file)
        except FileNotFoundError as error:
            raise UsageError(self._words("agents.view.none", path=clean(file))) from error
        except OSError as error:
            reason = clean(error.strerror or error)
            raise UsageError(self._words("no_file", path=clean(file), reason=reason)) from error
        except BadResults as error:
            reason = clean(error)
            path = clean(file)
            raise UsageError(self._words("agents.view.bad", path=path, reason=reason)) from error

    def _prices(self, path: Path | None) -> PriceTable:
        """Raises UsageError."""
        if path is None:
            return PriceTable()
        try:
            return read_prices(path.expanduser())
        except (OSError, BadPrices) as error:
            reason = clean(getattr(error, "strerror", None) or error)
            key = "agents.bad_prices"
            raise UsageError(self._words(key, path=clean(path), reason=reason)) from error

    # ----------------------------------------------------------------------------------- showing

    def _show_summary(self, results: ResultFile) -> None:
        summary = results.summary
        put(
            self._words(
                "agents.view.summary",
                total=summary.totalTasks,
                completed=summary.completedTasks,
                failed=summary.failedTasks,
                timeout=summary.timeoutTasks,
                tokens=f"{results.spend.tokens:,}",
                cost=self._money(summary.costs.totalCost),
            )
        )
        if summary.not_run:
            put(self._words("agents.sum.not_run", count=summary.not_run))
        self._show_unfinished(results)

    def _show_unfinished(self, results: ResultFile) -> None:
        left = results.summary.left
        if left is not None:
            paid = self._money(left.totalCost)
            said = self._words(
                "agents.sum.unfinished", count=left.tasks, cost=paid, **_tokens(left.spend)
            )
            put(clean(said.strip()))

    def _show(self, entry: Entry, cut: int | None) -> None:
        words, result = self._words, entry.result
        prompt = " ".join(str(entry.task.first_prompt or "").split())
        put("")
        put(
            words(
                "agents.view.task",
                number=entry.taskIndex + 1,
                prompt=_cut(prompt, None if cut is None else _PROMPT_CHARS),
            )
        )
        put(
            words(
                "agents.view.status",
                icon=_ICONS.get(result.status, "?"),
                status=clean(result.status),
                rounds=result.iterations,
                seconds=clean(entry.duration),
                tokens=f"{result.spend.tokens:,}",
                cost=self._money(result.cost),
            )
        )
        if result.error:
            put(words("agents.view.error", error=_cut(result.error, cut)))
        for key, text in (("response", result.lastResponse), ("evaluation", result.lastEvaluation)):
            if text:
                put(words(f"agents.view.{key}"))
                put(_indented(_cut(text, cut)))

    def _paid(self, results: ResultFile) -> Iterator[tuple[str, ...]]:
        """By model, as the file says."""
        for model in results.summary.costs.models:
            amounts = (model.inputCost, model.outputCost, model.totalCost)
            yield (model.model, *map(self._money, amounts), self._words("agents.costs.paid"))

    def _table(self, paid: list[tuple[str, ...]], compared: tuple[Compared, ...]) -> None:
        words = self._words
        heads = [words(f"agents.costs.{name}") for name in ("model", "input", "output", "total")]
        others = [each for each in compared if not each.is_used]
        rows = [
            (
                each.title,
                *map(self._amount, (each.input_usd, each.output_usd, each.total_usd)),
                "",
            )
            for each in others
        ]
        put_table([*heads, ""], [*paid, *rows], heads_always=True)

    def _amount(self, amount: Decimal | None) -> str:
        return self._money(money_text(amount))

    def _money(self, text: str) -> str:
        """As a file says it: exact, or that nobody knows."""
        return self._words("agents.unknown") if text in ("", UNKNOWN) else f"${text}"


def _tokens(spend: Spend) -> dict[str, str]:
    return {
        "tokens": f"{spend.tokens:,}",
        "prompt": f"{spend.prompt_tokens:,}",
        "completion": f"{spend.completion_tokens:,}",
        "calls": f"{spend.calls:,}",
    }


def _cut(text: str, chars: int | None) -> str:
    return text if chars is None or len(text) <= chars else f"{text[:chars]}..."


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
