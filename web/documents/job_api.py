"""A job of documents by its templates, over REST. The wire is docs/documents.md."""

from __future__ import annotations

from functools import partial

from quart import Response, request

from web.access import Access
from web.archive import Archives
from web.deps import WebDeps
from web.desk_api import JOB
from web.documents import schemas
from web.documents.making import KIND
from web.documents.tally import Tallies, Tally
from web.downloads import send
from web.filenames import slug
from web.http import Query, invalid, json_answer
from web.kept_archives import KeptArchives, archive_key
from web.manifest import Manifests
from web.outcomes import Row
from web.routes import Parameter, Route
from web.threads import Threads
from web.validate import field_error
from web.visit import Visit

_ZIP = "application/zip"
_MAX_ID_CHARS = 64


class DocumentJobsApi:
    """The handlers of jobs of documents. They hold no state of their own."""

    def __init__(self, deps: WebDeps, threads: Threads, kept: KeptArchives) -> None:
        self._executor = deps.executors.get(KIND)
        self._tallies = Tallies(deps.store)
        self._archives = Archives(deps.store, threads)
        self._kept = kept
        self._manifests = Manifests(deps.store, threads)

    def routes(self) -> list[Route]:
        template = Parameter(
            "template", {"type": "string"}, "The id of one of the job's templates."
        )
        return [
            Route(
                method="GET",
                rule=f"{JOB}/documents",
                name="tally_documents",
                access=Access.DESK,
                handler=self.tally,
                summary="How far a job is with the documents of each of its templates",
                answer=schemas.TallyAnswer,
            ),
            Route(
                method="GET",
                rule=f"{JOB}/documents.zip",
                name="get_documents_of_template",
                access=Access.DESK,
                handler=self.archive,
                summary="The documents of one of a job's templates",
                answer=_ZIP,
                parameters=(template,),
                errors=("invalid_request", "range_not_satisfiable"),
            ),
        ]

    async def tally(self, visit: Visit, job: str) -> Response:
        with visit.reading(job) as view:
            found = await self._tallies.of(visit.key, view)
        return json_answer(schemas.TallyAnswer([_entry(each) for each in found]))

    async def archive(self, visit: Visit, job: str) -> Response:
        query = Query(request.args)
        wanted = query.text("template", most_chars=_MAX_ID_CHARS)
        query.done()
        with visit.reading(job) as view:
            found = {each.template_id: each for each in await self._tallies.of(visit.key, view)}
            if wanted not in found:
                raise invalid([field_error("template", "is no template of this job")])
            tally, run = found[wanted], view.job.run
            keep = partial(_is_of, wanted)
            manifest = self._manifests.of(visit.key, job, self._executor, run, keep=keep)
            build = partial(
                self._archives.build, visit.key, job, where=tally.has, manifest=manifest
            )
            archive = await self._kept.of(archive_key(visit.key, view, wanted), build)
        answer = send(archive, _ZIP, f"{slug(view.job.name)}-{slug(tally.name)}.zip")
        visit.note("read_documents_zip", job)
        return answer


def _is_of(template_id: str, row: Row) -> bool:
    return row.get("template") == template_id


def _entry(tally: Tally) -> schemas.TallyEntry:
    counts = tally.counts
    return schemas.TallyEntry(
        template=tally.template_id,
        name=tally.name,
        folder=tally.folder,
        total=counts.total,
        ok=counts.ok,
        failed=counts.failed,
        skipped=counts.skipped,
    )
