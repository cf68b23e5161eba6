"""The commands of `nightdesk agents`, and what they take; without another word it asks by menus.

Built by `nightdesk.cli.app`. Exit codes: 0 all tasks are completed, 1 some are not, 2 asked
wrongly, 128 and the signal's number where one interrupted it (130: Ctrl-C). What `run` prints is in
the contract's words, for scripts that read it, unless --lang says otherwise; all else is in the
user's language. What does the work is imported when a command runs, so that others are quick.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from nightdesk.cli.agents_options import Language, RunOptions
from nightdesk.cli.words import Words

_TASK_FILE = Path("task.json")
_DEMO = Path("nightdesk-agents-demo")
_PLAIN = RunOptions()
_CONTRACT: Language = "zh"


class AgentCommands:
    """Knows the words."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def menus(self) -> int:
        """Choose by menus what to do."""
        from nightdesk.cli.agents_work import Work

        return Work(self._words).menus()

    def run(
        self,
        file: Annotated[Path, Parameter(name="FILE")] = _TASK_FILE,
        /,
        *,
        options: Annotated[RunOptions, Parameter(name="*")] = _PLAIN,
        lang: Annotated[Language, Parameter(env_var="NIGHTDESK_AGENTS_LANG")] = _CONTRACT,
    ) -> int:
        """Have models work on the tasks of a file, each in its folder, and write what came of it.

        Parameters
        ----------
        file
            JSON: {"tasks": [{"dir": "game", "first_prompt": "..."}]}.
        lang
            The language of what is printed: zh is to the letter what scripts know, en is English.
        """
        from nightdesk.cli.agents_work import Work

        return Work(self._words).run(options.order(file), lang)

    def demo(self, *, out: Path = _DEMO) -> int:
        """See it work: sample tasks by a scripted endpoint, without key, network or cost.

        Parameters
        ----------
        out
            The folder to work in.
        """
        from nightdesk.cli.agents_work import Work

        return Work(self._words).demo(out)

    def view(
        self,
        file: Annotated[Path | None, Parameter(name="FILE")] = None,
        /,
        *,
        task: int | None = None,
    ) -> int:
        """Show what each task came to: its status, its last answer and its last evaluation.

        Parameters
        ----------
        file
            A file of results, of an older program too (else the newest in this folder).
        task
            Only the task of that number, and all of its texts.
        """
        from nightdesk.cli.agents_shown import Results

        return Results(self._words).view(file, task)

    def costs(
        self,
        file: Annotated[Path | None, Parameter(name="FILE")] = None,
        /,
        *,
        prices: Path | None = None,
        model: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    ) -> int:
        """Show what a run has cost, and what its tokens would have cost with other models. Where
        there is no file of results, it lists prices of models.

        Parameters
        ----------
        file
            A file of results (else the newest in this folder).
        prices
            A JSON file of your own prices.
        model
            Another model to compare with; repeatable.
        """
        from nightdesk.cli.agents_shown import Results

        return Results(self._words).costs(file, prices, model)
