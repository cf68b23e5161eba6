"""The data folder and its parts, opened once and held open. Used by `state.store`."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct
from msgspec.structs import astuple

from state.files import Files


class Layout(Struct, frozen=True):
    """Open folders. Everything in the store is reached by name within one of them."""

    root: int
    sessions: int
    active: int
    jobs: int
    quarantine: int
    links: int


def open_layout(files: Files, path: Path) -> Layout:
    """Make (durably) and open the folders; 0700 whatever the umask."""
    with ExitStack() as opened:
        root = files.open_root(path)
        opened.callback(files.close, root)
        names = ("sessions", "active", "files", "quarantine", "links")
        for name in names:
            if name not in files.list(root):
                files.make_folder(root, name)
        files.fsync_dir(root)
        folders = []
        for name in names:
            folders.append(files.open_folder(root, name))
            opened.callback(files.close, folders[-1])
        opened.pop_all()
        return Layout(root, *folders)


def close_layout(files: Files, layout: Layout) -> None:
    """Close them all."""
    for handle in astuple(layout):
        files.close(handle)
