"""A `CommandTool` whose commands are functions: for what an agent's folder makes of their doings.

It keeps to the port (`actors.ports.commands`), and no jail: what a jail refuses can be done here.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from actors.ports.commands import CommandResult


class ScriptedCommands:
    """`does` is what the next command does to its folder (a path), and may return its result."""

    def __init__(self, scratch):
        self._scratch = scratch
        self.does = lambda folder: None
        self.said = []
        self.folders = []

    @asynccontextmanager
    async def place(self):
        with TemporaryDirectory(dir=self._scratch) as made:
            self.folders.append(made)
            yield ScriptedPlace(self, Path(made))


class ScriptedPlace:
    def __init__(self, tool, folder):
        self._tool = tool
        self.folder = folder

    async def run(self, command, timeout_s):
        self._tool.said.append((command, timeout_s))
        return self._tool.does(self.folder) or CommandResult(exit_code=0)
