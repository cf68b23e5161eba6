"""Saved configs on this dialect's wire. OpenAPI is generated from these."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from web.dialects.taskmanager.schemas import ManagerAnswer


class ManagerConfigBody(Struct, frozen=True, kw_only=True):
    """A saved config: what is said of it, and any field of the pictures to be made. What else is in
    it is kept as it is."""

    name: str
    description: str = ""
    category: str = ""
    is_default: bool = False
    prompt: str = ""


class ManagerImportBody(Struct, frozen=True, kw_only=True):
    """A config in its envelope; a file of configs (`configs`), or a config itself, will do as
    well."""

    config_name: str = ""
    config: dict[str, Any] = {}
    category: str = ""
    tags: list[str] = []


class ManagerExportBody(Struct, frozen=True, kw_only=True):
    """Which ones; none named: all."""

    config_ids: list[str] = []


class ManagerConfigUpdateBody(Struct, frozen=True, kw_only=True):
    """Which one, and its new fields: in `config`, or beside `config_id`."""

    config_id: str
    config: dict[str, Any] = {}


class ManagerConfigIdBody(Struct, frozen=True, kw_only=True):
    """Which one; absent: the default one."""

    config_id: str = ""


class ManagerConfigs(Struct, frozen=True, kw_only=True):
    """Each with all its fields. `total` is how many there are: there are no pages."""

    configs: list[dict[str, Any]]
    categories: list[str]
    total: int


class ManagerConfigsAnswer(ManagerAnswer, frozen=True, kw_only=True):
    data: ManagerConfigs


class ManagerCategories(Struct, frozen=True, kw_only=True):
    """By name."""

    categories: list[str]


class ManagerCategoriesAnswer(ManagerAnswer, frozen=True, kw_only=True):
    data: ManagerCategories


class ManagerConfigAnswer(ManagerAnswer, frozen=True, kw_only=True):
    """A config: what is said of it, and its fields, side by side."""

    data: dict[str, Any]
