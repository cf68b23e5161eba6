"""`run_command`: in a copy of the folder, of which what the command did comes back.

So no command ever sees what the tools keep out of (a repository's hooks, keys, links), nothing that
it left behind but plain files reaches the folder, and either all that it changed is in the
transcript or nothing of it has happened. Used by `executors.agent.files.folder`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import trio

from actors.ports.commands import CommandPlace, CommandRefused, CommandResult, CommandTool
from executors.agent.files.disk import read_file, stamp_of, write_file
from executors.agent.files.output import counted
from executors.agent.files.refused import ToolRefused, words_of
from executors.agent.files.root import Root
from executors.agent.files.schemas import RunCommand
from executors.agent.files.settings import MAX_COMMAND_CHARS
from executors.agent.files.store import Store
from executors.agent.files.walk import Entry, Walk
from executors.agent.ports import ToolResult

_OLDER_NS = 1_000_000_000

Known = dict[str, tuple[int, int, int, int]]


async def run_command(store: Store, tool: CommandTool, wanted: RunCommand) -> ToolResult:
    """Raises ToolRefused, and OSError where the disk fails."""
    _check(wanted.command)
    async with tool.place() as place:
        known = await trio.to_thread.run_sync(_copy_in, store, place.folder)
        try:
            result = await place.run(wanted.command, wanted.timeout_s)
        except CommandRefused as refused:
            raise ToolRefused(f"commands cannot be run here: {refused}") from refused
        return await trio.to_thread.run_sync(_take_back, store, place, known, result)


def _check(command: str) -> None:
    if not command.strip():
        raise ToolRefused("the command is empty")
    if len(command) > MAX_COMMAND_CHARS:
        raise ToolRefused(
            f"the command is longer than {MAX_COMMAND_CHARS} characters: write a script, and run it"
        )
    if "\0" in command:
        raise ToolRefused("the command has a NUL character")


def _copy_in(store: Store, folder: Path) -> Known:
    """Copy all plain files, with their times; how each then is. Raises ToolRefused where the folder
    is too large for that."""
    settings = store.settings
    files = _plain_files(store)
    if len(files) > settings.files or sum(entry.size for entry in files) > settings.total_bytes:
        raise ToolRefused(
            f"the folder is too large for commands: they are run in a copy of at most "
            f"{settings.files} files and {settings.total_bytes} bytes"
        )
    root = Root(folder)
    try:
        return {entry.path: _copied(store, root, entry.path) for entry in files}
    finally:
        root.close()


def _plain_files(store: Store) -> list[Entry]:
    walk = Walk(store.root, store.settings, all_folders=True)
    entries = [*walk.entries("", deep=True)]
    if walk.stopped:
        raise ToolRefused(
            f"the folder has more than {store.settings.walked} entries: too many for commands"
        )
    return [entry for entry in entries if entry.kind == "file" and entry.links == 1]


def _copied(store: Store, root: Root, path: str) -> tuple[int, int, int, int]:
    with store.root.reading(path) as (handle, facts):
        data = os.read(handle, facts.st_size) if facts.st_size else b""
        mode = facts.st_mode & 0o700
        # A little older than it is: what a command writes is newer, however coarse the clock.
        times = (facts.st_atime_ns, facts.st_mtime_ns - _OLDER_NS)
    root.make_folders(path.rpartition("/")[0])
    write_file(root, path, data, durable=False)
    with root.parent(path) as (folder, name):
        os.chmod(name, mode | 0o600, dir_fd=folder)
        os.utime(name, ns=times, dir_fd=folder, follow_symlinks=False)
        return _fingerprint(os.stat(name, dir_fd=folder, follow_symlinks=False))


def _fingerprint(facts: os.stat_result) -> tuple[int, int, int, int]:
    """Without the time of its last change, which giving it away sets (`workers.commands`)."""
    stamp = stamp_of(facts)
    return stamp.inode, stamp.size, stamp.modified_ns, facts.st_nlink


def _take_back(
    store: Store, place: CommandPlace, known: Known, result: CommandResult
) -> ToolResult:
    """Have the folder be as the copy is now, as far as it may."""
    told = [_ending(result)]
    if output := result.output.decode("utf-8", "replace"):
        told.append(output.rstrip("\n"))
    root = Root(place.folder)
    try:
        changes, notes = _changed(store, root, known)
        done = store.put_all(changes)
    except ToolRefused as refused:
        return _undone(told, str(refused))
    except OSError as error:
        said = words_of(error, "a file")
        if said is None:
            raise
        return _undone(told, said)
    finally:
        root.close()
    if done:
        named = [f"{'deleted' if _is_gone(change) else 'wrote'} {change.path}" for change in done]
        told.append(f"(it changed {counted(len(done), 'file')}: {_some(named)})")
    ok = result.exit_code == 0
    return ToolResult(ok=ok, output="\n".join([*told, *notes]), changes=done)


def _undone(told: Sequence[str], why: str) -> ToolResult:
    note = f"(none of the changes that it made to files was kept: {why})"
    return ToolResult(ok=False, output="\n".join([*told, note]))


def _ending(result: CommandResult) -> str:
    if result.timed_out:
        return "the command was ended: it took too long (timeout_s)"
    if result.limit:
        return f"the command was ended: {result.limit}"
    return f"exit code {result.exit_code}"


def _is_gone(change: object) -> bool:
    return getattr(change, "text", None) is None and getattr(change, "base64", None) is None


def _some(named: Sequence[str]) -> str:
    shown = ", ".join(named[:20])
    return shown if len(named) <= 20 else f"{shown} and {len(named) - 20} others"


def _changed(
    store: Store, root: Root, known: Known
) -> tuple[list[tuple[str, bytes | None]], list[str]]:
    """What became of the files, and what a reader should know of the rest. Raises ToolRefused where
    it is more than may be."""
    walk = Walk(root, store.settings, all_folders=True)
    entries = [*walk.entries("", deep=True)]
    if walk.stopped:
        raise ToolRefused(f"it left more than {store.settings.walked} files and folders")
    odd = walk.passed + sum(entry.kind in ("link", "other") or entry.links > 1 for entry in entries)
    files = [entry for entry in entries if entry.kind == "file" and entry.links == 1]
    there = {entry.path for entry in files}
    changed = [*_newer(root, files, known)]
    gone = [path for path in known if path not in there]
    _check_size(store, [entry.size for entry in changed], len(changed) + len(gone))
    limit = store.settings.file_bytes
    read = [(entry.path, read_file(root, entry.path, limit)[0]) for entry in changed]
    note = f"({odd} that it left are no plain files, or have unusable names)"
    return [*read, *((path, None) for path in gone)], [note] if odd else []


def _newer(root: Root, files: Sequence[Entry], known: Known) -> Iterator[Entry]:
    for entry in files:
        if known.get(entry.path) != _fingerprint(root.facts(entry.path)):
            yield entry


def _check_size(store: Store, sizes: Sequence[int], count: int) -> None:
    settings = store.settings
    if count > settings.command_files:
        raise ToolRefused(
            f"it changed {count} files, and one command may change {settings.command_files}"
        )
    if sum(sizes) > settings.command_bytes:
        raise ToolRefused(
            f"it wrote {sum(sizes)} bytes, and one command may write {settings.command_bytes}"
        )
