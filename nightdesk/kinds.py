"""The kinds of jobs of this server: ours, as the operator has set them up, and those that installed
packages bring. Read by `nightdesk.serve` before anything is touched.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from actors.ports import ExecutorSpec, StoreReads
from actors.ports.deliveries import Delivery
from actors.ports.enclosures import Enclosures
from executors.agent.enclosing import Transcripts
from executors.agent.spec import AgentSpec
from executors.classify.spec import ClassifySpec
from executors.folders import Folders
from executors.generate.enclosing import InitPictures
from executors.generate.spec import GenerateSpec
from executors.installed import BadExecutor, Installed, installed_kinds
from executors.table import build_table
from executors.tag.beside import TagsBeside
from executors.tag.spec import TagSpec
from executors.train.enclosing import Examples
from executors.train.spec import TrainSpec
from executors.vision.enclosing import Pictures
from nightdesk.config import Config
from nightdesk.endpoints import agent_spec
from nightdesk.pictures import opened_folders, tagger_folder
from nightdesk.ranges import ConfigError
from nightdesk.sources import crawl_spec


class Kinds(Struct, frozen=True):
    """`executors` are all of them, by kind; `installed` those of other packages."""

    executors: Mapping[str, ExecutorSpec]
    installed: tuple[Installed, ...]

    @property
    def folders(self) -> tuple[str, ...]:
        """Where their workers find modules that are not among the libraries, each once."""
        return tuple(dict.fromkeys(folder for one in self.installed for folder in one.folders))


def server_kinds(config: Config) -> Kinds:
    """Raises ConfigError."""
    opened = opened_folders(config)
    folders, writable = opened.names, [name for name in opened.names if opened.may_write(name)]
    has_webui = bool(config.webui)
    tag = TagSpec(tagger_folder(config), folders, writable=writable, webui=has_webui)
    ours = build_table(tag, crawl_spec(config), folders, agent_spec(config))
    try:
        installed = tuple(installed_kinds(ours))
    except BadExecutor as bad:
        raise ConfigError(str(bad)) from bad
    return Kinds({**ours, **{one.executor.kind: one.executor for one in installed}}, installed)


def deliveries_of(store: StoreReads, folders: Folders) -> dict[str, Delivery]:
    """Of the kinds whose files may go elsewhere, by kind."""
    return {TagSpec.kind: TagsBeside(store, folders)}


def enclosures_of(store: StoreReads, folders: Folders) -> dict[str, Enclosures]:
    """Of the kinds whose items take files along, by kind."""
    pictures = Pictures(store, folders)
    return {
        TagSpec.kind: pictures,
        ClassifySpec.kind: pictures,
        TrainSpec.kind: Examples(store, pictures),
        GenerateSpec.kind: InitPictures(pictures),
        AgentSpec.kind: Transcripts(store),
    }
