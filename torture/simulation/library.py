"""The users' templates: saved anew and forgotten now and then, and what must have become of them.

One task a desk does so under one id. What was acknowledged last is there in the end, and its files.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import count
from random import Random

import trio

from actors.directory import Directory
from actors.errors import (
    ActorError,
    DeskUnavailable,
    MailboxFull,
    StorageUnavailable,
    TemplateNotFound,
)
from actors.handle import DeskHandle
from actors.library import DeleteTemplate, SaveTemplate
from state.errors import LibraryMissing
from state.library import library_digests
from state.model import DeskState
from state.views import DeskKey
from torture.letters import FACTS, letter
from torture.simulation.disk import Disk
from torture.simulation.scenario import Scenario
from torture.simulation.trace import Trace

# No answer takes longer than this, whatever the disk does.
ANSWER_S = 120.0
PAUSE_S = 120.0
_FORGETS = 0.3


class Templates:
    """Outlives the runs of the server."""

    def __init__(self, scenario: Scenario, trace: Trace, disk: Disk) -> None:
        self._trace = trace
        self._disk = disk
        self._rng = Random(scenario.seed + 8)
        self._numbers = count(1)
        # Written by the tasks of `live`: the digests that a desk may have; None: it has none.
        self._may_be: defaultdict[DeskKey, set[str | None]] = defaultdict(lambda: {None})

    async def live(self, desk: DeskKey, directory: Directory) -> None:
        """Save one now and then, or forget it, for ever."""
        while True:
            await trio.sleep(self._rng.expovariate(1.0 / PAUSE_S))
            try:
                handle = await directory.create(desk)
            except DeskUnavailable:
                continue
            if self._rng.random() < _FORGETS:
                await self._ask(handle, DeleteTemplate("letter"), None)
            else:
                template, data = letter(next(self._numbers))
                wanted = SaveTemplate(template=template, data=data, facts=FACTS)
                await self._ask(handle, wanted, template.digest)

    async def _ask(
        self, handle: DeskHandle, command: SaveTemplate | DeleteTemplate, digest: str | None
    ) -> None:
        may_be = self._may_be[handle.key]
        was, said = digest in may_be, "unknown"
        may_be.add(digest)
        try:
            with trio.fail_after(ANSWER_S):
                await handle.ask(command)
        except (StorageUnavailable, DeskUnavailable) as error:
            said = f"unknown: {error}"
        except MailboxFull:
            may_be -= set() if was else {digest}
            said = "refused: full"
        except TemplateNotFound:
            self._may_be[handle.key], said = {None}, "there was none"
        except ActorError as error:
            self._trace.broken(f"a template of {handle.key[:4]}: {type(error).__name__}")
        except trio.TooSlowError:
            self._trace.broken(f"a template of {handle.key[:4]}: no answer in {ANSWER_S} s")
        else:
            self._trace.count("templates")
            self._may_be[handle.key], said = {digest}, "done"
        finally:
            what = type(command).__name__
            self._trace.say(f"client: {what} of {handle.key[:4]}: {said}")

    async def check(self, desk: DeskKey, state: DeskState) -> None:
        """Nothing has happened for long: compare the books."""
        template = state.templates.get("letter")
        found = None if template is None else template.digest
        if found not in self._may_be[desk]:
            self._trace.broken(f"desk {desk[:4]} has another template than was kept: {found}")
        for digest in library_digests(state.templates.values()):
            try:
                await self._disk.read_library(desk, digest)
            except LibraryMissing as error:
                self._trace.broken(f"desk {desk[:4]}: {error}")
