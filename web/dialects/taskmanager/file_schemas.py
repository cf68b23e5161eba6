"""What is asked and told about files: OpenAPI is generated from these."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from web.dialects.taskmanager.schemas import ManagerAnswer
from web.dialects.taskmanager.task_bodies import ManagerPageBody, ManagerPagination

MAX_PATHS = 1_000


class ManagerNode(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A folder, or a file in one. `filePath` is what other calls know it by; `truncated`: a folder
    that holds more than is told."""

    key: str
    title: str
    filePath: str | UnsetType = UNSET  # as the pages read it
    fileType: str | UnsetType = UNSET
    fileSize: int | UnsetType = UNSET
    isFolder: bool = False
    isLeaf: bool = False
    truncated: bool = False
    children: list[ManagerNode] | UnsetType = UNSET


class ManagerTree(Struct, frozen=True, kw_only=True):
    """The folders of pictures, the newest first, with what is in them."""

    fileTree: ManagerNode


class ManagerTreeAnswer(ManagerAnswer, frozen=True, kw_only=True):
    data: ManagerTree


class ManagerTreeBody(Struct, frozen=True, kw_only=True):
    """Nothing is asked for."""


class ManagerFilesBody(Struct, frozen=True, kw_only=True):
    """Files and folders, as `filePath` names them."""

    file_paths: Annotated[list[str], Meta(min_length=1, max_length=MAX_PATHS)]


class ManagerRemoved(Struct, frozen=True, kw_only=True):
    deleted_count: int


class ManagerRemovedAnswer(ManagerAnswer, frozen=True, kw_only=True):
    data: ManagerRemoved


class ManagerGeneratedBody(Struct, frozen=True, kw_only=True):
    """An empty model is any."""

    pagination: ManagerPageBody = ManagerPageBody()
    model: str = ""


class ManagerGenerated(Struct, frozen=True, kw_only=True):
    """A picture that a task has made. `url` shows it."""

    id: str
    task_id: str
    image_path: str
    url: str
    model: str
    file_size: int
    created_at: str


class ManagerGeneratedList(Struct, frozen=True, kw_only=True):
    """Those of the newest task first."""

    images: list[ManagerGenerated]
    pagination: ManagerPagination


class ManagerGeneratedAnswer(ManagerAnswer, frozen=True, kw_only=True):
    data: ManagerGeneratedList


class ManagerTag(Struct, frozen=True, kw_only=True):
    """`score` is from 0 to 1; `is_general`: it is no character's."""

    name: str
    score: float
    category: str
    is_general: bool


class ManagerTagged(Struct, frozen=True, kw_only=True):
    """A picture and its tags. `image_path` is what `/api/images/` shows it by."""

    id: str
    image_path: str
    tags: list[ManagerTag]
    analyzer: str
    metadata: dict[str, Any]
    created_at: str
    updated_at: str


class ManagerTaggedAnswer(ManagerAnswer, frozen=True, kw_only=True):
    data: list[ManagerTagged]


class ManagerOneTaggedAnswer(ManagerAnswer, frozen=True, kw_only=True):
    data: ManagerTagged


class ManagerCleared(Struct, frozen=True, kw_only=True):
    count: int


class ManagerClearedAnswer(ManagerAnswer, frozen=True, kw_only=True):
    """`count` stands at the top, too."""

    count: int
    data: ManagerCleared


class ManagerAnalyzersAnswer(ManagerAnswer, frozen=True, kw_only=True):
    data: list[str]


class ManagerAnalyzeBody(Struct, frozen=True, kw_only=True):
    """Without an analyzer the one that every server has."""

    image_path: str
    analyzer: str = ""


class ManagerTagFile(Struct, frozen=True, kw_only=True):
    """A file of tags that a task has made."""

    filename: str
    task_id: str
    size: int
    created_at: str


class ManagerTagFilesAnswer(ManagerAnswer, frozen=True, kw_only=True):
    data: list[ManagerTagFile]


class ManagerTagText(Struct, frozen=True, kw_only=True):
    """What is in a file of tags: of JSON also as it is."""

    filename: str
    task_id: str
    content: str
    tags: Any = None


class ManagerTagTextAnswer(ManagerAnswer, frozen=True, kw_only=True):
    data: ManagerTagText
