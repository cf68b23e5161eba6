"""A folder of an agent for tests: opened in every way that there is, and asked by tool calls."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager

from executors.agent.files.folder import open_folder
from executors.agent.files.root import StepOpener
from executors.agent.files.settings import FolderSettings
from executors.agent.places import Places
from executors.agent.ports import ToolCall

OPENERS = {"kernel": None, "steps": StepOpener()}


class Hand:
    """What a model would do to the folder."""

    def __init__(self, folder, place):
        self.folder = folder
        self.place = place

    async def call(self, name, **arguments):
        return await self.raw(name, json.dumps(arguments))

    async def raw(self, name, arguments):
        return await self.folder.use(ToolCall("1", name, arguments))

    async def write(self, path, content="text\n"):
        return await self.call("write_file", path=path, content=content)

    async def done(self, name, **arguments):
        """Its output, where all is well."""
        result = await self.call(name, **arguments)
        assert result.ok, result.output
        return result.output

    async def refused(self, name, **arguments):
        result = await self.call(name, **arguments)
        assert not result.ok
        assert result.changes == ()
        return result.output


@asynccontextmanager
async def opened(tmp_path, commands=None, opener=None, **settings):
    place = tmp_path / "workdir"
    place.mkdir(exist_ok=True, parents=True)
    # Both ways of doing what is small: in a thread, and at once.
    made = FolderSettings(**{"own": opener is not None, **settings})
    async with open_folder(place, tmp_path / "keep", made, commands, opener) as folder:
        yield Hand(folder, place)


@asynccontextmanager
async def held(root, commands=None):
    """As a desk has it: in memory, and on the disk under `root` from when it has to be. `place` is
    where such folders are."""
    told = []
    async with Places(root).folder(commands, told.append) as folder:
        yield Hand(folder, root)
    assert told == []


def on_disk(root):
    """The files of the one task whose place was made there; None where there is none."""
    places = [*root.iterdir()] if root.exists() else []
    return tree(places[0] / "files") if places else None


def tree(place):
    """Every file below, with its bytes; folders end in a slash."""
    found = {}
    for path in sorted(place.rglob("*")):
        name = str(path.relative_to(place))
        if path.is_dir() and not path.is_symlink():
            found[name + "/"] = None
        elif path.is_file() and not path.is_symlink():
            found[name] = path.read_bytes()
        else:
            found[name] = "odd"
    return found
