"""What a job of documents is made of: the templates and rows that its request names, taken from the
desk's library. Used by `web.create_api`, by previews and by the dialect of document batches.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from executors.documents.items import ResolvedPicture, ResolvedTemplate
from executors.documents.options import MAX_TEMPLATES
from state.library import Picture
from web.documents.sources import Sources
from web.documents.tables import TableRow
from web.documents.templates import Kept, Templates
from web.http import invalid
from web.validate import Errors, field_error
from web.visit import Visit

KIND = "document"


class Supplies(Struct, frozen=True):
    """What the library gives to a job. `rows` are those of its data source; None where its request
    has them itself. `pictures` are all that its rows may name."""

    templates: tuple[ResolvedTemplate, ...]
    rows: list[TableRow] | None = None
    pictures: Mapping[str, ResolvedPicture] = {}

    @property
    def ids(self) -> tuple[str, ...]:
        """The templates that it uses."""
        return tuple(template.id for template in self.templates)

    def completed(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """The spec for the plan: templates themselves in the place of their ids, and the pictures
        that there are, unless the request has put something in their place, which is refused."""
        return {"pictures": self.pictures, **spec, "templates": list(self.templates)}


class DocumentSupplies:
    """Holds no state of its own. One for a server."""

    def __init__(self, templates: Templates, sources: Sources) -> None:
        self._templates = templates
        self._sources = sources

    async def of(self, visit: Visit, spec: Any, *, has_items: bool) -> Supplies:
        """What a job of that spec, unchecked, is made of. Raises WebError with all that it names
        and that is not there; LibraryMissing for what is there and damaged."""
        if not isinstance(spec, Mapping):
            raise invalid([field_error("spec", "must be a JSON object")])
        ids, source = _named(spec, has_items=has_items)
        published = visit.desk.published
        errors = [
            field_error(f"spec.templates[{place}]", f"there is no template {id!r:.80}")
            for place, id in enumerate(ids)
            if id not in published.templates
        ]
        if source is not None and source not in published.data_sources:
            reason = f"there is no data source {source!r:.80}"
            errors.append(field_error("spec.data_source", reason))
        if errors:
            raise invalid(errors)
        templates = [resolved(await self._templates.read(visit, id)) for id in ids]
        rows = None if source is None else await self._sources.rows(visit, source)
        pictures = {id: _resolved_picture(each) for id, each in published.pictures.items()}
        return Supplies(tuple(templates), rows, pictures)


def resolved(kept: Kept) -> ResolvedTemplate:
    """A template as a job is planned from it."""
    template = kept.template
    return ResolvedTemplate(
        id=template.id,
        name=template.name,
        digest=template.digest,
        format=kept.facts.format,
        fields=kept.facts.fields,
        loops=kept.facts.loops,
        mappings=template.mappings,
    )


def _resolved_picture(picture: Picture) -> ResolvedPicture:
    return ResolvedPicture(
        digest=picture.digest, format=picture.format, size_bytes=picture.size_bytes
    )


def _named(spec: Mapping[str, Any], *, has_items: bool) -> tuple[list[str], str | None]:
    """(the templates that the spec names, the data source that it needs). Raises WebError."""
    ids, source = spec.get("templates"), spec.get("data_source")
    errors: Errors = []
    if not isinstance(ids, list) or not ids or not all(isinstance(id, str) for id in ids):
        errors.append(field_error("spec.templates", "must be a list of ids of templates"))
    elif len(ids) > MAX_TEMPLATES:
        errors.append(field_error("spec.templates", f"must not name more than {MAX_TEMPLATES}"))
    elif len(set(ids)) < len(ids):
        errors.append(field_error("spec.templates", "names one twice"))
    if not (has_items or isinstance(source, str)):
        errors.append(field_error("items", "is missing, and so is spec.data_source"))
    if errors:
        raise invalid(errors)
    named: list[str] = spec["templates"]
    return named, None if has_items else source
