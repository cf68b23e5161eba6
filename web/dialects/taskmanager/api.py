"""All routes of the dialect. Built by `web.app`."""

from __future__ import annotations

from web.deps import WebDeps
from web.dialects.taskmanager.analyzing import AnalyzingApi
from web.dialects.taskmanager.characters import CharactersApi
from web.dialects.taskmanager.commands import CommandsApi
from web.dialects.taskmanager.config_files import ConfigFilesApi
from web.dialects.taskmanager.configs import ConfigsApi
from web.dialects.taskmanager.creating import CreatingApi
from web.dialects.taskmanager.files import FilesApi
from web.dialects.taskmanager.images import ImagesApi
from web.dialects.taskmanager.info import InfoApi
from web.dialects.taskmanager.reading import Reader
from web.dialects.taskmanager.routing import routes_of
from web.dialects.taskmanager.service import Supplier, Tasks
from web.dialects.taskmanager.tagged import TaggedApi
from web.dialects.taskmanager.task_schemas import Type
from web.dialects.taskmanager.tasks import TasksApi
from web.dialects.taskmanager.webui import WebUIRows
from web.gallery.root import ImagesRoot
from web.learning import LabelledFolders, LearnedModels
from web.routes import Route
from web.tagging import TaggedFolders
from web.threads import Threads
from web.workshop.characters import Characters
from web.workshop.presets import Presets
from web.workshop.tagged import TaggedPictures


def manager_routes(deps: WebDeps, threads: Threads) -> list[Route]:
    """Every operation under each of its spellings."""
    most = deps.settings.max_items
    tagged = TaggedFolders(deps, threads)
    suppliers: dict[Type, Supplier] = {
        "tag": tagged,
        "train": LabelledFolders(deps.folders, threads, most),
        "classify": LearnedModels(tagged),
    }
    tasks = Tasks(deps, threads, suppliers)
    root = ImagesRoot(deps, threads)
    reader = Reader(threads, tasks, deps.settings)
    presets = Presets(deps)
    tags = TaggedPictures(deps, threads)
    rows = [
        *TasksApi(deps, tasks, reader).rows(),
        *CommandsApi(tasks, reader).rows(),
        *CreatingApi(deps, threads, tasks, reader, presets).rows(),
        *ConfigsApi(presets, reader).rows(),
        *ConfigFilesApi(presets, reader).rows(),
        *CharactersApi(Characters(deps), tags, reader).rows(),
        *InfoApi(deps, tasks, reader).rows(),
        *WebUIRows(deps).rows(),
        *FilesApi(deps, threads, root, reader).rows(),
        *ImagesApi(deps, threads, root, tasks, reader).rows(),
        *TaggedApi(deps, tasks).rows(),
        *AnalyzingApi(deps, root, tasks, reader).rows(),
    ]
    return [route for row in rows for route in routes_of(row)]
