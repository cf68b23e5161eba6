"""A request for a job, read whole: JSON or a form with a file of items, what the desk's library and
other jobs give to it, and its plan. Used by `web.create_api`, which makes the job, and by
`web.outline_api`, which only says what it would be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace
from quart import request

from actors.ports import DeskKey
from executors.shown import shown
from executors.tables.rows import Line
from executors.tables.upload import PACKED_KINDS, Upload, suffix_of
from web.again import ITEMS_OF, Again, EarlierItems, origin_of
from web.deps import WebDeps
from web.documents.making import KIND as DOCUMENTS
from web.documents.making import DocumentSupplies
from web.documents.sources import Sources
from web.drafts import Draft, Given, planner_of
from web.errors import JSON_TYPE, WebError
from web.forms import read_form
from web.http import body, client_network, invalid
from web.jailed import jailed
from web.learning import CLASSIFYING, TRAINING, LabelledFolders, LearnedModels, unpacked_rows
from web.naming import numbered
from web.recrawl import KIND as CRAWLS
from web.recrawl import Recrawls
from web.routes import FormPart
from web.tagging import KIND as TAGS
from web.tagging import TaggedFolders
from web.threads import LARGE_BODY_BYTES, LARGE_ITEM_COUNT, Threads
from web.uploads import ReadItems, packed_lines, plain_lines
from web.validate import field_error
from web.visit import Visit
from web.workshop.presets import Presets
from web.workshop.supplies import KIND as PICTURES
from web.workshop.supplies import NamedPresets

FORM_TYPE = "multipart/form-data"
FORM = (
    FormPart("job", "The same JSON without `items`.", required=True),
    FormPart(
        "items",
        "A .txt, .csv, .xlsx or .zip file; to train, a .zip of labelled pictures.",
        required=True,
    ),
    FormPart("sheet", "The sheet of a workbook to read."),
)

_MISSING = object()

T = TypeVar("T")


class Handed(Struct, frozen=True):
    """A request as it came in: parsed, not checked; `parts` is what its fingerprint is made of,
    `files` what came with it that the job keeps, by digest."""

    value: Any
    parts: tuple[bytes, ...]
    large: bool
    found: ReadItems | None = None
    files: Mapping[str, bytes] = {}

    @property
    def kind(self) -> str:
        """Empty where it names none."""
        kind = self.value.get("kind") if isinstance(self.value, dict) else None
        return kind if isinstance(kind, str) else ""

    @property
    def is_of_documents(self) -> bool:
        return self.kind == DOCUMENTS


class Drafted(Struct, frozen=True):
    """A job that may be made, with what its request was given: `files` are those that it keeps, by
    digest, `templates` those of the library that it uses; `origin` is the job that it is
    to be like, or has the items of ("" where there is none)."""

    draft: Draft
    files: Mapping[str, bytes]
    templates: tuple[str, ...]
    origin: str


class Listing(Protocol):
    """Where a job's items come from that its request does not have itself."""

    async def of(self, visit: Visit, spec: Any, *, has_items: bool) -> Given:
        """Raises WebError."""


class Handing:
    """Reads requests for jobs; holds no state of its own. Large ones are parsed and planned beside
    the loop."""

    def __init__(
        self, deps: WebDeps, threads: Threads, sources: Sources, supplies: DocumentSupplies
    ) -> None:
        self._presets = NamedPresets(Presets(deps))
        tagged = TaggedFolders(deps, threads)
        labelled = LabelledFolders(deps.folders, threads, deps.settings.max_items)
        # By the kinds whose items may be listed by the server.
        self._listing: Mapping[str, Listing] = {
            TAGS: tagged,
            TRAINING: labelled,
            CLASSIFYING: LearnedModels(tagged),
        }
        self._recrawls = Recrawls(deps.store)
        self._threads = threads
        self._sources = sources
        self._supplies = supplies
        self._tables = deps.tables
        self._calendar = deps.calendar
        self._log = deps.log
        self._again = Again(deps, threads)
        self._planner = planner_of(deps)

    async def drafted(self, visit: Visit, handed: Handed) -> Drafted:
        """The job that is asked for. Raises WebError, InvalidSpec with all that is wrong."""
        if isinstance(handed.value, dict) and "schedule" in handed.value:
            await self._calendar.load()
        earlier = await self._again.of(visit, handed.value)
        origin = origin_of(visit, handed.value) or ("" if earlier is None else earlier.job_id)
        handed = handed if earlier is None else _with_earlier(handed, earlier)
        supplies = await self._supplied(visit, handed)
        plan = partial(self._planner.plan, handed.value, handed.found, supplies)
        rows = () if supplies is None else supplies.rows or ()
        draft = await self._run(plan, large=handed.large or len(rows) > LARGE_ITEM_COUNT)
        templates = () if supplies is None else supplies.ids
        return Drafted(self._named(visit, draft), handed.files, templates, origin)

    def _named(self, visit: Visit, draft: Draft) -> Draft:
        if not draft.numbered:
            return draft
        taken = (view.job.name for view in visit.desk.published.jobs.values())
        return replace(draft, name=numbered(draft.name, taken, self._planner.max_name_chars))

    async def _supplied(self, visit: Visit, handed: Handed) -> Given | None:
        """What the desk's library and the operator's folders give to it."""
        if handed.kind == CRAWLS:
            spec, items = handed.value.get("spec"), handed.value.get("items")
            return await self._recrawls.of(visit, spec, items)
        if handed.kind == PICTURES:
            return await self._presets.of(visit, handed.value.get("spec"))
        supplies = self._supplies if handed.is_of_documents else self._listing.get(handed.kind)
        if supplies is None:
            return None
        spec, items = handed.value.get("spec", {}), handed.value.get("items", _MISSING)
        has_items = items is not _MISSING and (handed.is_of_documents or items != [])
        return await supplies.of(visit, spec, has_items=has_items)

    async def _run(self, work: Callable[[], T], *, large: bool) -> T:
        return await self._threads.run(work, large=large, whose=client_network())

    async def read(self, desk: DeskKey) -> Handed:
        """The body of the request, unchecked. Raises WebError."""
        if request.mimetype == JSON_TYPE:
            data = await body()
            parse = partial(self._planner.from_json, data)
            value = await self._run(parse, large=len(data) > LARGE_BODY_BYTES)
            items = value.get("items") if isinstance(value, dict) else None
            return Handed(value, (data,), _is_large(data, items))
        if request.mimetype == FORM_TYPE:
            return await self._read_form(desk)
        raise WebError("unsupported_media_type", f"the body must be {JSON_TYPE} or {FORM_TYPE}")

    async def _read_form(self, desk: DeskKey) -> Handed:
        whole = await body()
        read = partial(read_form, whole, request.mimetype_params.get("boundary"))
        form = await self._run(read, large=len(whole) > LARGE_BODY_BYTES)
        job, file, sheet = form.get("job"), form.get("items"), form.get("sheet")
        job_data = b"" if job is None else job.data
        if not job_data or file is None or file.filename is None:
            reason = "the form needs a part job (JSON) and a file part items"
            raise invalid([field_error("job" if not job_data else "items", reason)])
        upload = Upload(file.filename, (sheet.text or None) if sheet else None)
        data = file.data
        named = Handed(self._planner.from_json(job_data), _parts(job_data, data, upload), False)
        if named.is_of_documents and "items" not in named.value:
            return await self._of_documents(desk, named, upload, data)
        if named.kind == TRAINING and "items" not in named.value:
            return await self._of_pictures(desk, named, upload, data)
        lines = await self._lines(desk, upload, data)
        parse = partial(self._planner.from_upload, job_data, lines)
        packed = suffix_of(upload.name) in PACKED_KINDS
        large = packed or len(data) > LARGE_BODY_BYTES
        value, found = await self._run(parse, large=large)
        return Handed(value, _parts(job_data, data, upload), _is_large(data, found.items), found)

    async def _of_documents(
        self, desk: DeskKey, named: Handed, upload: Upload, data: bytes
    ) -> Handed:
        """The same where documents are to be made: their rows have columns of any name."""
        rows = (await self._sources.table(desk, upload, data)).rows
        value = {**named.value, "items": rows}
        return Handed(value, named.parts, large=_is_large(data, rows))

    async def _of_pictures(
        self, desk: DeskKey, named: Handed, upload: Upload, data: bytes
    ) -> Handed:
        """The same where pictures are to be learned from: they come in an archive, which is
        unpacked in the jail."""
        if suffix_of(upload.name) != "zip":
            reason = "pictures to learn from come as a .zip, a folder for each label"
            raise WebError("unsupported_media_type", reason)
        with jailed(shown(upload.name), self._log):
            found = await self._tables.unpack(desk, data)
            digest, rows = await self._run(partial(unpacked_rows, found), large=True)
        value = {**named.value, "items": rows}
        return Handed(value, named.parts, large=True, files={digest: found})

    async def _lines(self, desk: DeskKey, upload: Upload, data: bytes) -> Iterator[Line]:
        """The rows of the upload. What only a parser can read is read in the jail."""
        if suffix_of(upload.name) not in PACKED_KINDS:
            return plain_lines(data, upload.name)
        with jailed(shown(upload.name), self._log):
            return packed_lines(await self._tables.read(desk, upload, data))


def _with_earlier(handed: Handed, earlier: EarlierItems) -> Handed:
    """The same with the items of another job in the place of its name."""
    value = {name: each for name, each in handed.value.items() if name != ITEMS_OF}
    if earlier.items is not None:
        value["items"] = earlier.items
    large = handed.large or _is_large(b"", earlier.items)
    return Handed(value, handed.parts, large, handed.found, {**handed.files, **earlier.files})


def _is_large(data: bytes, items: Any) -> bool:
    many = isinstance(items, list) and len(items) > LARGE_ITEM_COUNT
    return many or len(data) > LARGE_BODY_BYTES


def _parts(job: bytes, data: bytes, upload: Upload) -> tuple[bytes, ...]:
    """What the fingerprint of an upload is made of: what it says, and how it is read."""
    parts = (job, data, suffix_of(upload.name).encode())
    return parts if upload.sheet is None else (*parts, upload.sheet.encode())
