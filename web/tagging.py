"""What a job of tags is made of besides its request: the pictures of the desk's library, and those
in the folders that its `input_dir` names: the operator's, and those of the desk's jobs. Used by
`web.create_api`, by `web.learning` and by the dialect of the task manager.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from msgspec import Struct

from actors.messages import JobView
from executors.folders import MAX_ENTRIES
from executors.problems import integer_reason
from executors.refusals import Refused
from executors.tag.spec import TagSpec
from state.library import Picture
from web.deps import WebDeps
from web.gallery.root import ImagesRoot
from web.http import invalid
from web.threads import Threads
from web.validate import Errors, field_error
from web.visit import Visit

KIND = TagSpec.kind
INPUT_DIR = "input_dir"
LIMIT = "limit"
MAX_FOLDERS = 100


class TagSupplies(Struct, frozen=True):
    """`rows` are the items: those of the folders; None where the request has them itself."""

    pictures: Mapping[str, Picture]
    rows: list[Any] | None = None
    ids: tuple[str, ...] = ()

    def completed(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """The spec for the plan: with the pictures that there are, unless the request has put
        something in their place, which is refused; folders have become items."""
        # A limit of nothing is refused as any field that there is not.
        used = (INPUT_DIR,) if self.rows is None else (INPUT_DIR, LIMIT)
        given = {field: value for field, value in spec.items() if field not in used}
        return {"pictures": self.pictures, **given}


class TaggedFolders:
    """Holds no state of its own. One for a server."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._root = ImagesRoot(deps, threads)
        self._threads = threads
        self._max_items = deps.settings.max_items

    async def of(self, visit: Visit, spec: Any, *, has_items: bool) -> TagSupplies:
        """What a job of that spec, unchecked, is made of. Raises WebError."""
        pictures = visit.desk.published.pictures
        if not isinstance(spec, Mapping) or spec.get(INPUT_DIR) is None:
            return TagSupplies(pictures)
        if has_items:
            raise invalid([field_error(f"spec.{INPUT_DIR}", "must not stand beside items")])
        return TagSupplies(pictures, await self._listed(visit, spec))

    async def _listed(self, visit: Visit, spec: Mapping[str, Any]) -> list[Any]:
        paths, limit = named_folders(spec[INPUT_DIR]), self._limit(spec.get(LIMIT))
        # By what they are known by in the root, so that each is there once.
        found: dict[str, Any] = {}
        errors: Errors = []
        for place, path in enumerate(paths):
            try:
                found.update(await self._within(visit, path, limited=limit is not None))
            except Refused as error:
                errors.append(field_error(f"spec.{INPUT_DIR}[{place}]", str(error)))
        if not errors and not found:
            errors.append(field_error(f"spec.{INPUT_DIR}", "there are no pictures in it"))
        if errors:
            raise invalid(errors)
        return [*found.values()][:limit]

    async def _within(self, visit: Visit, path: str, *, limited: bool) -> dict[str, Any]:
        """The items of one folder, in order. Raises Refused."""
        if (view := self._root.job_of(visit, path)) is not None:
            return await self._made(visit, path, view)
        most = MAX_ENTRIES if limited else self._max_items
        look = partial(self._root.folders.pictures, path, most)
        return {one: {"path": one} for one in await self._threads.step(look)}

    async def _made(self, visit: Visit, path: str, view: JobView) -> dict[str, Any]:
        job_id = view.job.id
        with visit.reading(job_id):
            made = await self._root.images_of(visit, job_id)
        return {f"{path}/{one.name}": {"file": {"job": job_id, "name": one.name}} for one in made}

    def _limit(self, value: Any) -> int | None:
        """Raises WebError."""
        if value is None:
            return None
        if (reason := integer_reason(value, 1, self._max_items)) is not None:
            raise invalid([field_error(f"spec.{LIMIT}", reason)])
        return int(value)


def named_folders(given: Any) -> list[str]:
    """The paths of folders that an `input_dir` names. Raises WebError."""
    paths = [given] if isinstance(given, str) else given
    if not isinstance(paths, list) or not 0 < len(paths) <= MAX_FOLDERS:
        reason = f"must be the path of a folder, or a list of at most {MAX_FOLDERS}"
        raise invalid([field_error(f"spec.{INPUT_DIR}", reason)])
    if not all(isinstance(path, str) for path in paths):
        raise invalid([field_error(f"spec.{INPUT_DIR}", "must hold paths of folders")])
    return paths
