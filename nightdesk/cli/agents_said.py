"""Why a batch of agents is refused, in the user's language, made inert.

Used by `nightdesk.cli.agents_work` and its menus.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from executors.agent.engine.records import TranscriptBroken
from nightdesk.agents.environment import EnvironmentProblem
from nightdesk.agents.folders import FoldersRefused
from nightdesk.agents.journal import InUse
from nightdesk.agents.plan import PlanRefused
from nightdesk.agents.running import CommandsUnavailable, JournalUnusable
from nightdesk.agents.task_file import TaskFileError
from nightdesk.cli.terminal import clean
from nightdesk.cli.words import Words

Refusal = (
    TaskFileError
    | EnvironmentProblem
    | PlanRefused
    | FoldersRefused
    | InUse
    | CommandsUnavailable
    | JournalUnusable
    | TranscriptBroken
)
REFUSALS = (
    TaskFileError,
    EnvironmentProblem,
    PlanRefused,
    FoldersRefused,
    InUse,
    CommandsUnavailable,
    JournalUnusable,
    TranscriptBroken,
)
_FOLDERS_SHOWN = 20


def said(error: Refusal, words: Words) -> str:
    match error:
        case TaskFileError():
            return words(f"agents.file.{error.key}", **_inert(error.values))
        case EnvironmentProblem():
            return words(f"agents.env.{error.key}", **_inert(error.values))
        case PlanRefused():
            return words(error.key, **_inert(error.values))
        case FoldersRefused():
            return "\n".join(_folders(error, words))
        case InUse():
            return words("agents.in_use", path=clean(error))
        case CommandsUnavailable():
            return words("agents.commands_off", reason=clean(error))
        case JournalUnusable():
            return words("agents.no_journal", path=clean(error.path), reason=clean(error))
        case TranscriptBroken():
            return words("agents.broken_journal", reason=clean(error))


def _folders(error: FoldersRefused, words: Words) -> Iterator[str]:
    yield words("agents.folders")
    for problem in error.problems[:_FOLDERS_SHOWN]:
        line = words(
            f"agents.folder.{problem.reason}",
            number=problem.task.index + 1,
            line=problem.task.line,
            folder=clean(problem.folder),
            detail=clean(problem.detail),
        )
        yield f"  {line}"
    if len(error.problems) > _FOLDERS_SHOWN:
        yield "  " + words("more_errors", count=len(error.problems) - _FOLDERS_SHOWN)


def _inert(values: Mapping[str, object]) -> dict[str, object]:
    """Numbers stay numbers, for thousands separators."""
    return {
        name: value if isinstance(value, int) else clean(value) for name, value in values.items()
    }
