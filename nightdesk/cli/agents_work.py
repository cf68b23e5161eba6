"""What `nightdesk.cli.agents` does when one of its commands runs: a batch planned, carried out and
told.

Imported only then, as it brings the engine and a network client along.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from nightdesk.agents import demo
from nightdesk.agents.lines import Lines
from nightdesk.agents.live import Shown, showing
from nightdesk.agents.plan import Order, Plan, make_plan
from nightdesk.agents.running import Done, carry_out
from nightdesk.cli.agents_again import command_again
from nightdesk.cli.agents_menu import Menus
from nightdesk.cli.agents_options import Language
from nightdesk.cli.agents_said import REFUSALS, said
from nightdesk.cli.agents_shown import Results
from nightdesk.cli.terminal import clean, forgive_encodings, put, tell
from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import CHINESE, ENGLISH, STATUS_CHINESE, STATUS_ENGLISH, Words

EXIT_DONE = 0
EXIT_NOT_ALL = 1
_SIGNALLED = 128

Beside = Sequence[Callable[[], Awaitable[None]]]


class Work:
    """Knows the words. What is wrong is said in the user's language, whatever else is printed."""

    def __init__(self, words: Words) -> None:
        self._words = words
        forgive_encodings()

    def menus(self) -> int:
        return Menus(self._words, self._run_for_people, Results(self._words)).run(Path.cwd())

    def run(self, order: Order, lang: Language) -> int:
        """What is printed is in that language. Raises UsageError."""
        return self._run(order, words_in(lang))

    def demo(self, out: Path) -> int:
        """Raises UsageError."""
        try:
            sample = demo.prepare(Path.cwd() / out.expanduser())
            plan = make_plan(sample.order, sample.environment, sample.folder, sample.prices)
        except OSError as error:
            reason = error.strerror or str(error)
            raise UsageError(self._words("agents.bad_out", path=out, reason=reason)) from error
        except REFUSALS as error:
            raise UsageError(said(error, self._words)) from error
        url, folder = sample.endpoint.base_url, clean(sample.folder)
        put(self._words("agents.demo.at", url=url, folder=folder))
        return self._carry_out(plan, self._words, (sample.endpoint.serve,))

    # ------------------------------------------------------------------------------------- a run

    def _run_for_people(self, order: Order) -> int:
        return self._run(order, self._words)

    def _run(self, order: Order, spoken: Words) -> int:
        """Raises UsageError."""
        words = self._words
        try:
            plan = make_plan(order, os.environ, Path.cwd())
        except REFUSALS as error:
            raise UsageError(said(error, words)) from error
        if plan.skipped:
            tell(words("agents.env.skipped", lines=", ".join(map(str, plan.skipped))))
        for folder, indexes in plan.shared:
            numbers = ", ".join(str(index + 1) for index in indexes)
            tell(words("agents.shared", numbers=numbers, folder=clean(folder)))
        return self._carry_out(plan, spoken)

    def _carry_out(self, plan: Plan, spoken: Words, beside: Beside = ()) -> int:
        """Raises UsageError."""
        lines = Lines(spoken, plan.tariff)
        try:
            with showing(lines, plan.redactor) as shown:
                done = carry_out(plan, shown, lambda: self._tell_aside(plan), beside)
        except REFUSALS as error:
            raise UsageError(said(error, self._words)) from error
        shown.say(lines.summary(plan.batch, done.outcome))
        self._tell_end(plan, done, shown, spoken)
        return _exit_code(plan, done)

    def _tell_end(self, plan: Plan, done: Done, shown: Shown, spoken: Words) -> None:
        """Where the results are, why it stopped, and how to go on."""
        words, order = self._words, plan.order
        again, results = command_again(order), clean(plan.results)
        if done.unwritten:
            reason = clean(done.unwritten)
            tell(words("agents.not_saved", path=results, reason=reason, command=again))
        else:
            shown.say(["", spoken("agents.saved", path=results)])
        if done.outcome.stopped:
            tell(words("agents.stopped", reason=clean(done.outcome.stopped)))
        if done.outcome.interrupted:
            tell(words("agents.interrupted", command=again))
        elif done.left:
            tell(words("agents.go_on", command=again))

    def _tell_aside(self, plan: Plan) -> None:
        tell(self._words("agents.aside", path=clean(plan.order.file)))


def words_in(lang: Language) -> Words:
    if lang == "zh":
        return Words(CHINESE, STATUS_CHINESE, "zh")
    return Words(ENGLISH, STATUS_ENGLISH)


def _exit_code(plan: Plan, done: Done) -> int:
    if done.outcome.interrupted and done.signal is not None:
        return _SIGNALLED + done.signal
    completed = sum(each.result.status == "completed" for each in done.outcome.ended)
    is_all = completed == len(plan.batch.tasks) and not done.unwritten
    return EXIT_DONE if is_all else EXIT_NOT_ALL
