"""All routes of the dialect. Built by `web.app`."""

from __future__ import annotations

from web.deps import WebDeps
from web.dialects.documents.answers import Answers
from web.dialects.documents.commands import CommandsApi
from web.dialects.documents.creating import CreatingApi
from web.dialects.documents.deleting import DeletingApi
from web.dialects.documents.downloading import DownloadingApi
from web.dialects.documents.generation import GenerationApi
from web.dialects.documents.health import HealthApi
from web.dialects.documents.history import HistoryApi
from web.dialects.documents.inspecting import InspectingApi
from web.dialects.documents.previews import PreviewsApi
from web.dialects.documents.routing import routes_of
from web.dialects.documents.service import Tasks
from web.dialects.documents.sources import SourcesApi
from web.dialects.documents.tasks import TasksApi
from web.dialects.documents.templates import TemplatesApi
from web.documents.making import DocumentSupplies
from web.documents.sources import Sources
from web.documents.templates import Templates
from web.kept_archives import KeptArchives
from web.routes import Route
from web.threads import Threads


def documents_routes(
    deps: WebDeps,
    threads: Threads,
    templates: Templates,
    sources: Sources,
    supplies: DocumentSupplies,
    kept: KeptArchives,
) -> list[Route]:
    """Every operation under each of its spellings."""
    tasks, answers, estimates = Tasks(deps, threads, supplies), Answers(deps.now), deps.estimates
    rows = [
        *CreatingApi(deps, threads, tasks, answers, estimates).rows(),
        *TasksApi(deps, tasks, answers, estimates).rows(),
        *GenerationApi(deps, tasks, answers, estimates).rows(),
        *CommandsApi(deps, tasks, answers).rows(),
        *DeletingApi(deps, threads, tasks, answers).rows(),
        *DownloadingApi(deps, threads, tasks, kept).rows(),
        *HistoryApi(deps, tasks, answers).rows(),
        *HealthApi(deps).rows(),
        *TemplatesApi(deps, threads, templates, answers).rows(),
        *InspectingApi(threads, templates, answers).rows(),
        *PreviewsApi(deps, threads, templates, supplies, answers).rows(),
        *SourcesApi(deps, threads, sources, answers).rows(),
    ]
    return [route for row in rows for route in routes_of(row)]
