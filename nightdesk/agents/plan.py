"""From what the command line says to what is done: read, checked, and refused before anything has
cost anything.

Called by `nightdesk.cli.agents_work`; carried out by `nightdesk.agents.running`. Reads the task
file, `.env` and the prices; makes the folders of the tasks and of the results, once all else is
sound.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Literal

from msgspec import Struct

from executors.agent.engine.redaction import Redactor
from executors.agent.engine.settings import Limits
from executors.agent.model.bill import Tariff
from executors.agent.model.prices import BadPrices, PriceTable, read_prices
from executors.agent.options import (
    MAX_BUDGET_TOKENS,
    MAX_CALL_TOKENS,
    MAX_CONCURRENCY,
    MAX_ITERATIONS,
    MAX_TIME_S,
    MIN_TIME_S,
    money_reason,
)
from executors.problems import Reason, integer_reason, number_reason
from nightdesk.agents.batch import Batch
from nightdesk.agents.env_file import EnvFileError, read_env_file
from nightdesk.agents.environment import Access, Flags, coder_of, judge_of
from nightdesk.agents.folders import resolve_folders, shared
from nightdesk.agents.report import file_name
from nightdesk.agents.task_file import MAX_TASKS, read_tasks
from state.spending import SpendCap, picousd

TEST_TASKS = 3
MAX_REST_S = 86_400.0
CALLS_AT_ONCE = 16
_NO_PRICES = PriceTable()


class PlanRefused(Exception):
    """`key` is of the command line's words, `values` what they name."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.values = values


class Order(Struct, frozen=True, kw_only=True):
    """What was asked for. `out` is a folder, or a file that ends in .json; None: where it is
    started. `roots` are folders that tasks may have besides that of their file and that one."""

    file: Path
    mode: Literal["serial", "parallel"] = "parallel"
    max_concurrent: int = 3
    max_iterations: int = 10
    max_tokens: int = 8192
    rest_s: float = 2.0
    limit: int | None = None
    test: bool = False
    models: Flags = Flags()
    out: Path | None = None
    prices: Path | None = None
    budget_usd: str | None = None
    budget_tokens: int | None = None
    time_limit_s: float | None = None
    commands: bool = False
    resume: bool = False
    retry: bool = False
    roots: tuple[Path, ...] = ()


class Plan(Struct, frozen=True, kw_only=True):
    """What will be done, by what `file` says. `home` is the folder of the journal, `results` the
    file of the results. `skipped` are lines of `.env` that say nothing; `shared` folders that
    several tasks have, with the tasks' indexes; `calls` those that an endpoint gets at once."""

    order: Order
    batch: Batch
    coder: Access
    judge: Access
    tariff: Tariff
    cap: SpendCap
    calls: int
    file: Path
    home: Path
    results: Path
    skipped: tuple[int, ...] = ()
    shared: Sequence[tuple[Path, list[int]]] = ()

    @property
    def redactor(self) -> Redactor:
        """Takes the keys out of what is printed and written."""
        return Redactor((self.coder.key, self.judge.key))


def make_plan(
    order: Order,
    environment: Mapping[str, str],
    cwd: Path,
    prices: PriceTable = _NO_PRICES,
) -> Plan:
    """`prices` count where the order names no file of them. Raises PlanRefused, TaskFileError,
    EnvironmentProblem, FoldersRefused."""
    _check_numbers(order)
    tasks = read_tasks(cwd / order.file)[: _count(order)]
    try:
        file = read_env_file(cwd / ".env")
    except EnvFileError as error:
        raise PlanRefused("agents.env.unreadable", reason=error) from error
    values = {**file.values, **environment}
    coder = coder_of(order.models, values)
    judge = judge_of(order.models, values, coder)
    tariff = Tariff(_prices(order, prices), _urls(coder, judge))
    cap = _cap(order, (coder, judge), tariff)
    home, results = _out(order, cwd)
    base = (cwd / order.file).parent
    folders = resolve_folders(tasks, base, (base, cwd, *(cwd / root for root in order.roots)))
    concurrent = None if order.mode == "serial" else order.max_concurrent
    limits = Limits(
        max_iterations=order.max_iterations,
        max_tokens_a_call=order.max_tokens,
        time_limit_s=order.time_limit_s,
    )
    return Plan(
        order=order,
        batch=Batch(
            tasks=tasks,
            folders=folders,
            limits=limits,
            concurrent=concurrent,
            rest_s=order.rest_s,
            retry=order.retry,
        ),
        coder=coder,
        judge=judge,
        tariff=tariff,
        cap=cap,
        calls=max(CALLS_AT_ONCE, concurrent or 0),
        file=(cwd / order.file).resolve(),
        home=home,
        results=results,
        skipped=file.skipped,
        shared=shared(folders) if concurrent else (),
    )


def _count(order: Order) -> int | None:
    return TEST_TASKS if order.test and order.limit is None else order.limit


def _check_numbers(order: Order) -> None:
    """Raises PlanRefused."""
    reasons: dict[str, Reason] = {
        "--max-concurrent": integer_reason(order.max_concurrent, 1, MAX_CONCURRENCY),
        "--max-iterations": integer_reason(order.max_iterations, 1, MAX_ITERATIONS),
        "--max-tokens": integer_reason(order.max_tokens, 1, MAX_CALL_TOKENS),
        "--rest-s": number_reason(order.rest_s, 0.0, MAX_REST_S, "seconds"),
    }
    if order.limit is not None:
        reasons["--limit"] = integer_reason(order.limit, 1, MAX_TASKS)
    if order.time_limit_s is not None:
        reason = number_reason(order.time_limit_s, MIN_TIME_S, MAX_TIME_S, "seconds")
        reasons["--time-limit-s"] = reason
    if order.budget_tokens is not None:
        reasons["--budget-tokens"] = integer_reason(order.budget_tokens, 1, MAX_BUDGET_TOKENS)
    if order.budget_usd is not None:
        reasons["--budget-usd"] = money_reason(order.budget_usd)
    for flag, reason in reasons.items():
        if reason is not None:
            raise PlanRefused("agents.bad_amount", flag=flag, reason=reason)


def _urls(coder: Access, judge: Access) -> dict[str, str]:
    return {judge.model: judge.base.url, coder.model: coder.base.url}


def _prices(order: Order, prices: PriceTable) -> PriceTable:
    if order.prices is None:
        return prices
    try:
        return read_prices(order.prices.expanduser())
    except OSError as error:
        reason = error.strerror or str(error)
        raise PlanRefused("agents.bad_prices", path=order.prices, reason=reason) from error
    except BadPrices as error:
        raise PlanRefused("agents.bad_prices", path=order.prices, reason=error) from error


def _cap(order: Order, accesses: Sequence[Access], tariff: Tariff) -> SpendCap:
    """Raises PlanRefused where it is of money, and nobody knows what a model costs."""
    if order.budget_usd is None:
        return SpendCap(tokens=order.budget_tokens)
    for access in accesses:
        if tariff.table.of(access.model, access.base.url) is None:
            raise PlanRefused("agents.no_price", model=access.model)
    return SpendCap(tokens=order.budget_tokens, picousd=picousd(Decimal(order.budget_usd)))


def _out(order: Order, cwd: Path) -> tuple[Path, Path]:
    """The folder and the file, the folder made where it is missing. Raises PlanRefused."""
    path = cwd if order.out is None else cwd / order.out.expanduser()
    concurrent = None if order.mode == "serial" else order.max_concurrent
    named = file_name(concurrent=concurrent, test=order.test)
    home, results = (path.parent, path) if path.suffix == ".json" else (path, path / named)
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PlanRefused(
            "agents.bad_out", path=path, reason=error.strerror or str(error)
        ) from error
    if not os.access(home, os.W_OK | os.X_OK):
        raise PlanRefused("agents.bad_out", path=home, reason=os.strerror(13))
    if results.is_dir():
        raise PlanRefused("agents.bad_out", path=results, reason=os.strerror(21))
    return home.resolve(), home.resolve() / results.name
