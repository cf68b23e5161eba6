"""A task as it was asked for, in the terms of the core. Values; made by the readers of modes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from state.schedules import Schedule
from web.dialects.batchgo.schemas import Mode


class Settings(Struct, frozen=True, kw_only=True):
    """What a task's mode and config come to.

    `feature` is the word that holds of tokens for it are made under, `price` what it is priced by
    (a browser costs more than a request). `spec` is that of the job's `kind`, not checked yet;
    `written` says for each of its fields, and of the schedule's, how the client calls it. `shown`
    is the config as the task tells it later: with all defaults, and nothing secret.
    """

    mode: Mode
    feature: str
    price: str
    kind: str
    spec: Mapping[str, Any]
    shown: Mapping[str, Any]
    written: Mapping[str, str] = {}
    schedule: Schedule | None = None


class Wanted(Struct, frozen=True, kw_only=True):
    """A whole task. `urls` are as they came, each is visited `cycles` times; `alias` is an id of
    the client's own; `extra` is what else its memo is to hold."""

    settings: Settings
    urls: Any
    name: Any = ""
    priority: Any = 0
    cycles: int = 1
    alias: str | None = None
    extra: Mapping[str, Any] = {}
