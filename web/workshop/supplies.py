"""What a job of pictures is made of besides its request: the preset that its spec names, and the
pictures of the library. Used by `web.create_api`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from executors.generate.options import PICTURES
from executors.generate.spec import GenerateSpec
from state.library import Picture
from web.http import invalid
from web.validate import field_error
from web.visit import Visit
from web.workshop.configs import says
from web.workshop.presets import Presets

KIND = GenerateSpec.kind
PRESET = "preset"


class PresetSupplies(Struct, frozen=True):
    """`base` is what the preset says, which the request may say otherwise; `pictures` are those of
    the library, which items may begin with. Its items are the request's own."""

    base: Mapping[str, Any]
    pictures: Mapping[str, Picture] = {}
    rows: None = None
    ids: tuple[str, ...] = ()

    def completed(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """The spec for the plan: what the request leaves empty says nothing."""
        given = {field: value for field, value in spec.items() if field != PRESET}
        over = {field: value for field, value in given.items() if says(field, value)}
        known = {PICTURES: self.pictures} if self.pictures else {}
        return {**known, **given, **self.base, **over}


class NamedPresets:
    """Holds no state of its own. One for a server."""

    def __init__(self, presets: Presets) -> None:
        self._presets = presets

    async def of(self, visit: Visit, spec: Any) -> PresetSupplies:
        """What a job of that spec, unchecked, is made of. Raises WebError, PresetNotFound,
        LibraryMissing."""
        pictures = visit.desk.published.pictures
        named = spec.get(PRESET) if isinstance(spec, Mapping) else None
        if named is None or named == "":
            return PresetSupplies({}, pictures)
        if not isinstance(named, str):
            raise invalid([field_error(f"spec.{PRESET}", "must be the id of a preset")])
        return PresetSupplies(await self._presets.spec_of(visit, named), pictures)
