"""What `nightdesk agents run` takes. Used by `nightdesk.cli.agents`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from nightdesk.agents.plan import Order

Language = Literal["zh", "en"]


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """Flags that are not given are the environment's or the defaults."""

    mode: Literal["serial", "parallel"] = "parallel"
    """One task after the other, or some at once."""
    max_concurrent: int = 3
    """Tasks at once, where the mode is parallel."""
    max_iterations: int = 10
    """Rounds of a task, the first one included."""
    rest_s: float = 2.0
    """Seconds of rest between two tasks, where the second follows the first."""
    limit: int | None = None
    """Only so many tasks, the first of the file."""
    test: Annotated[bool, Parameter(negative="")] = False
    """Only the first 3 tasks, with results and a journal of their own."""
    model: str | None = None
    """The model that works (else OPENAI_MODEL or CODER_MODEL)."""
    base_url: str | None = None
    """Where it is (else OPENAI_BASE_URL or CODER_ENDPOINT)."""
    judge_model: str | None = None
    """The model that judges (else EVALUATION_MODEL, else the one that works)."""
    judge_base_url: str | None = None
    """Where that is (else EVALUATION_BASE_URL, else where the other is)."""
    out: Path | None = None
    """Folder for the results, or a file that ends in .json (else the folder it is started in)."""
    prices: Path | None = None
    """A JSON file of your own prices."""
    budget_usd: str | None = None
    """US dollars that all calls together may cost."""
    budget_tokens: int | None = None
    """Tokens that all calls together may take."""
    time_limit_s: float | None = None
    """Seconds that one task may be worked on."""
    max_tokens: int = 8192
    """Tokens that one answer may have."""
    commands: Literal["on", "off"] = "off"
    """Whether models may run commands, jailed in a copy of the task's folder, without a network."""
    resume: Annotated[bool, Parameter(negative="")] = False
    """Go on with a run that was interrupted: no call whose answer had come is made again."""
    retry: Annotated[bool, Parameter(negative="")] = False
    """As --resume, and tasks that ended undone go on with a fresh allowance of rounds."""
    root: Annotated[tuple[Path, ...], Parameter(negative="")] = ()
    """A folder that tasks may have besides that of their file and the one it is started in;
    repeatable."""

    def order(self, file: Path) -> Order:
        from nightdesk.agents.environment import Flags
        from nightdesk.agents.plan import Order

        return Order(
            file=file,
            mode=self.mode,
            max_concurrent=self.max_concurrent,
            max_iterations=self.max_iterations,
            max_tokens=self.max_tokens,
            rest_s=self.rest_s,
            limit=self.limit,
            test=self.test,
            models=Flags(
                model=self.model,
                base_url=self.base_url,
                judge_model=self.judge_model,
                judge_base_url=self.judge_base_url,
            ),
            out=self.out,
            prices=self.prices,
            budget_usd=self.budget_usd,
            budget_tokens=self.budget_tokens,
            time_limit_s=self.time_limit_s,
            commands=self.commands == "on",
            resume=self.resume,
            retry=self.retry,
            roots=self.root,
        )
