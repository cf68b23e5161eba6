"""Where among a job's artifacts the documents of one of its templates are, and a single one of
them. Used by the downloads of the dialect.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from actors.ports import DeskKey, StoreReads
from state.model import Job
from web.dialects.documents.refusals import template_not_found
from web.documents.tally import templates_of


class Place(Struct, frozen=True):
    """A template of a job: its id and name, which of the job's it is, and what the names of its
    documents begin with ("" where it is the only one)."""

    id: str
    name: str
    at: int
    prefix: str

    def holds(self, artifact: str) -> bool:
        """Whether the document of that name was made from it."""
        return artifact.startswith(self.prefix)


class _Told(Struct, frozen=True):
    """What is looked at of an item."""

    row: int
    name: str


def place_of(job: Job, template: str) -> Place:
    """The template of that id. Raises Refused."""
    for at, (id, name, folder) in enumerate(templates_of(job)):
        if id == template:
            return Place(id, name, at, f"{folder}/" if folder else "")
    raise template_not_found(template)


async def document_name(
    store: StoreReads, desk: DeskKey, job: Job, place: Place, document: str
) -> str | None:
    """The artifact that a document's id stands for: its file name, or the number of its row (from
    1, as `{{ _index }}` has it). None: there is no such row."""
    if not (document.isascii() and document.isdigit()):
        return place.prefix + document
    number, templates_n = int(document) - 1, len(templates_of(job))
    low, high = 0, job.counts.total // templates_n
    # Rows stand in order; a filter may have left some out.
    while low < high:
        middle = (low + high) // 2
        told = await _item(store, desk, job, middle * templates_n + place.at)
        if told is None:
            return None
        if told.row == number:
            return told.name
        low, high = (middle + 1, high) if told.row < number else (low, middle)
    return None


async def _item(store: StoreReads, desk: DeskKey, job: Job, index: int) -> _Told | None:
    items = await store.read_items(desk, job.id, offset=index, limit=1)
    return msgspec.json.decode(items[0].item, type=_Told) if items else None
