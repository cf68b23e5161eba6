"""What a job of tags is made of besides its request: the pictures of the desk's library, and those
in the folders of the operator's that its `input_dir` names. Used by `web.create_api`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from msgspec import Struct

from executors.folders import Folders
from executors.refusals import Refused
from executors.tag.spec import TagSpec
from state.library import Picture
from web.http import invalid
from web.threads import Threads
from web.validate import Errors, field_error
from web.visit import Visit

KIND = TagSpec.kind
INPUT_DIR = "input_dir"
MAX_FOLDERS = 100


class TagSupplies(Struct, frozen=True):
    """`rows` are the items: those of the folders; None where the request has them itself."""

    pictures: Mapping[str, Picture]
    rows: list[Any] | None = None
    ids: tuple[str, ...] = ()

    def completed(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """The spec for the plan: with the pictures that there are, unless the request has put
        something in their place, which is refused; folders have become items."""
        given = {field: value for field, value in spec.items() if field != INPUT_DIR}
        return {"pictures": self.pictures, **given}


class TaggedFolders:
    """Holds no state of its own. One for a server."""

    def __init__(self, folders: Folders, threads: Threads, max_items: int) -> None:
        self._folders = folders
        self._threads = threads
        self._max_items = max_items

    async def of(self, visit: Visit, spec: Any, *, has_items: bool) -> TagSupplies:
        """What a job of that spec, unchecked, is made of. Raises WebError."""
        pictures = visit.desk.published.pictures
        if not isinstance(spec, Mapping) or spec.get(INPUT_DIR) is None:
            return TagSupplies(pictures)
        if has_items:
            raise invalid([field_error(f"spec.{INPUT_DIR}", "must not stand beside items")])
        return TagSupplies(pictures, await self._listed(_named(spec[INPUT_DIR])))

    async def _listed(self, paths: list[str]) -> list[Any]:
        found: dict[str, None] = {}
        errors: Errors = []
        for place, path in enumerate(paths):
            look = partial(self._folders.pictures, path, self._max_items)
            try:
                found.update(dict.fromkeys(await self._threads.step(look)))
            except Refused as error:
                errors.append(field_error(f"spec.{INPUT_DIR}[{place}]", str(error)))
        if not errors and not found:
            errors.append(field_error(f"spec.{INPUT_DIR}", "there are no pictures in it"))
        if errors:
            raise invalid(errors)
        return [{"path": path} for path in found]


def _named(given: Any) -> list[str]:
    paths = [given] if isinstance(given, str) else given
    if not isinstance(paths, list) or not 0 < len(paths) <= MAX_FOLDERS:
        reason = f"must be the path of a folder, or a list of at most {MAX_FOLDERS}"
        raise invalid([field_error(f"spec.{INPUT_DIR}", reason)])
    if not all(isinstance(path, str) for path in paths):
        raise invalid([field_error(f"spec.{INPUT_DIR}", "must hold paths of folders")])
    return paths
