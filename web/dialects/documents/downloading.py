"""What a task has made, to be saved: all of it as a ZIP, what one template made, or one document.
The same for the three families, each by its own paths.
"""

from __future__ import annotations

from functools import partial

from msgspec import Struct
from quart import Response

from actors.messages import JobView
from state.errors import ArtifactMissing
from web.archive import Archives, Names, everything
from web.deps import WebDeps
from web.dialects.documents.paths import generation, tasks_of
from web.dialects.documents.places import Place, document_name, place_of
from web.dialects.documents.refusals import no_document, nothing_to_download
from web.dialects.documents.routing import Row
from web.dialects.documents.service import Tasks
from web.downloads import one_artifact, send
from web.filenames import slug
from web.kept_archives import KeptArchives, archive_key
from web.manifest import Keep, Manifests, every_row
from web.outcomes import Row as Outcome
from web.threads import Threads
from web.visit import Visit

_ZIP = "application/zip"
_ANY = "application/octet-stream"
_SUFFIX = ".zip"


class _Part(Struct, frozen=True):
    """What of a task is packed (of one `template`, or of all), and what that archive is called."""

    template: str
    name: str
    where: Names
    keep: Keep


class DownloadingApi:
    """Handlers that hold no state of their own. A task that goes on, or is paused, gives what there
    is of it."""

    def __init__(self, deps: WebDeps, threads: Threads, tasks: Tasks, kept: KeptArchives) -> None:
        self._store = deps.store
        self._executors = deps.executors
        self._tasks = tasks
        self._archives = Archives(deps.store, threads)
        self._kept = kept
        self._manifests = Manifests(deps.store, threads)

    def rows(self) -> list[Row]:
        errors = ("range_not_satisfiable", "files_damaged")
        get = partial(Row, method="GET", errors=errors)
        below = "download/<task>"
        whole = "All documents of a task that are there"
        return [
            get(
                paths=tasks_of(family, "/<task>/download/zip"),
                name=f"documents_zip_{family.lower()}",
                handler=self.whole,
                summary=whole,
                answer=_ZIP,
            )
            for family in ("A", "B")
        ] + [
            get(
                paths=generation(f"{below}/zip"),
                name="documents_zip_c",
                handler=self.whole,
                summary=whole,
                answer=_ZIP,
            ),
            get(
                paths=generation(f"{below}/<template>/completed"),
                name="documents_zip_of_template",
                handler=self.part,
                summary="The documents that one template has made",
                answer=_ZIP,
            ),
            get(
                paths=generation(f"{below}/<template>/<document>"),
                name="documents_document",
                handler=self.document,
                summary="One document, by its file name or the number of its row (from 1)",
                answer=_ANY,
            ),
        ]

    async def whole(self, visit: Visit, task: str) -> Response:
        view = self._tasks.find(visit, task)
        part = _Part("", _zip_name(view), everything, every_row)
        return await self._packed(visit, view, part)

    async def part(self, visit: Visit, task: str, template: str) -> Response:
        view = self._tasks.find(visit, task)
        place = place_of(view.job, template)
        keep = partial(_is_of, place)
        part = _Part(place.id, f"{slug(place.name)}{_SUFFIX}", place.holds, keep)
        return await self._packed(visit, view, part)

    async def _packed(self, visit: Visit, view: JobView, part: _Part) -> Response:
        job = view.job
        with visit.reading(job.id):
            executor = self._executors.get(job.kind)
            manifest = self._manifests.of(visit.key, job.id, executor, job.run, keep=part.keep)
            build = partial(
                self._archives.build, visit.key, job.id, where=part.where, manifest=manifest
            )
            archive = await self._kept.of(archive_key(visit.key, view, part.template), build)
        if not archive.files_n:
            raise nothing_to_download(view.counts.done, view.counts.total)
        answer = send(archive, _ZIP, part.name)
        visit.note("read_artifacts_zip", job.id)
        return answer

    async def document(self, visit: Visit, task: str, template: str, document: str) -> Response:
        job = self._tasks.find(visit, task).job
        place = place_of(job, template)
        try:
            with visit.reading(job.id):
                name = await document_name(self._store, visit.key, job, place, document)
                if name is None:
                    raise no_document(document)
                found = await one_artifact(self._store, visit.key, job.id, name)
        except ArtifactMissing as error:
            raise no_document(document) from error
        answer = send(found, _ANY, name.rpartition("/")[2])
        visit.note("read_artifact", job.id)
        return answer


def _zip_name(view: JobView) -> str:
    """As its maker wants it called, else by the task's own name."""
    wanted: str = view.job.memo.get("zip_name") or view.job.name
    if wanted.lower().endswith(_SUFFIX):
        wanted = wanted[: -len(_SUFFIX)]
    return f"{slug(wanted)}{_SUFFIX}"


def _is_of(place: Place, row: Outcome) -> bool:
    return row.get("template") == place.id
