"""Kinds of jobs of other packages: found by entry points of the group `nightdesk.executors`.

An entry point's name is the kind, its object a class that is built without arguments and is an
`ExecutorSpec`. Installing the package is what an operator says yes with; what is wrong with one is
told at the start, and nothing is served with half of it. `docs/executors.md` shows how one is made.
Called by `nightdesk.kinds`, before anything is touched.
"""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Collection, Iterable
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

from actors.ports import ExecutorSpec

GROUP = "nightdesk.executors"
# Whose workers can do the items of kinds that are not ours: they hand out no tools that only ours
# know how to use.
POOLS = ("net", "cpu", "browser")

_KIND = re.compile(r"[a-z][a-z0-9-]{0,39}")
_RUNNER = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*)")
_METHODS = ("plan", "describe", "pool_of", "fill_secrets")


class BadExecutor(Exception):
    """A package brings a kind that cannot be served. The message names both."""


class Installed(Struct, frozen=True):
    """A kind, the package that brings it, and the folders with its modules where those are not
    among the libraries of this Python (an editable install): its workers have to find them too."""

    executor: ExecutorSpec
    package: str
    version: str
    folders: tuple[str, ...]


def installed_kinds(known: Collection[str]) -> list[Installed]:
    """All that is installed, by kind; `known` are the kinds that there are already. Raises
    BadExecutor."""
    found: dict[str, Installed] = {}
    for point in _sorted(entry_points(group=GROUP)):
        one = _installed(point)
        kind = one.executor.kind
        if kind in known:
            raise _bad(point, f"there is a kind {kind!r} already")
        if kind in found:
            raise _bad(point, f"the package {found[kind].package} brings this kind, too")
        found[kind] = one
    return list(found.values())


def _sorted(points: Iterable[EntryPoint]) -> list[EntryPoint]:
    """In an order that does not depend on the disk's; one that is found twice in the same place
    (a folder that is on the path twice) counts once."""
    return sorted(set(points), key=lambda point: (point.name, point.value))


def _installed(point: EntryPoint) -> Installed:
    if _KIND.fullmatch(point.name) is None:
        raise _bad(point, "a kind is called by up to 40 of a-z, 0-9 and -, a letter first")
    try:
        executor = point.load()()
    except Exception as error:
        # Whatever a stranger's package raises when it is loaded.
        raise _bad(point, f"it cannot be loaded ({type(error).__name__}: {error})") from error
    if (reason := _fault(executor, point.name)) is not None:
        raise _bad(point, reason)
    about = point.dist
    return Installed(
        executor=executor,
        package="?" if about is None else about.name,
        version="?" if about is None else about.version,
        folders=tuple(_folders_of(point, executor)),
    )


def _fault(executor: object, kind: str) -> str | None:
    """What keeps it from being an `ExecutorSpec`; None where there is nothing."""
    missing = [name for name in _METHODS if not callable(getattr(executor, name, None))]
    if missing:
        return f"it has no {', '.join(missing)}"
    if getattr(executor, "kind", None) != kind:
        return f"it calls itself {getattr(executor, 'kind', None)!r}"
    if getattr(executor, "pool", None) not in POOLS:
        return f"its pool must be one of {', '.join(POOLS)}"
    runner = getattr(executor, "runner", None)
    if not isinstance(runner, str) or _RUNNER.fullmatch(runner) is None:
        return "its runner must be told as 'package.module:Class'"
    manifest = getattr(executor, "manifest", None)
    if not isinstance(manifest, tuple) or not all(isinstance(name, str) for name in manifest):
        return "its manifest must be a tuple of names"
    return None


def _folders_of(point: EntryPoint, executor: ExecutorSpec) -> list[str]:
    """Where its top modules are, but for those that every worker finds. Raises BadExecutor."""
    libraries = [Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")]
    folders: dict[str, None] = {}
    for module in (point.module, executor.runner.partition(":")[0]):
        top = module.partition(".")[0]
        spec = find_spec(top)
        if spec is None or spec.origin is None:
            raise _bad(point, f"there is no module {top!r}")
        file = Path(spec.origin).resolve()
        folder = file.parent.parent if spec.submodule_search_locations is not None else file.parent
        if folder not in libraries:
            folders[str(folder)] = None
    return list(folders)


def _bad(point: EntryPoint, reason: str) -> BadExecutor:
    package = "a package" if point.dist is None else f"the package {point.dist.name}"
    brought = f"{package} brings the kind {point.name!r} ({point.value})"
    return BadExecutor(f"{brought}, which cannot be served: {reason}")
