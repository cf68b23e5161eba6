"""How a kind of job says what may be asked of it, so that forms can be made of it: an optional part
of its light half. `web.kinds_api` tells it; the page, the clients and other programs use it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from msgspec import Raw, Struct

from actors.ports.executors import PlanLimits

# JSON Schema, draft 2020-12: `type`, `minimum`, `enum`, `default`, `title`, `description` and more.
# Beside its own words: `x-more` (seldom touched), `x-unit` ("seconds"); `writeOnly` is a secret,
# and `format` how something is typed (`lines`, `headers`, `area`, `money`).
Schema = dict[str, Any]
# The endings of tables of items that the front end reads.
TABLE_FILES = ("txt", "csv", "xlsx", "zip")


class Form(Struct, frozen=True, kw_only=True):
    """`spec` describes the fields of a job's spec, in the order in which they are to be asked, and
    `item` one of its items. `files` are the endings of files whose rows are items ("csv"); `title`
    and `help` are the kind's own words, for those whose words the page does not have."""

    spec: Schema
    item: Schema
    files: tuple[str, ...] = ()
    title: str = ""
    help: str = ""


class Asked(Struct, frozen=True):
    """What is to be handed in to have a job once more. `items` is None where the spec says where
    they come from. What stays secret is left out, and named by its field in `secrets`."""

    spec: dict[str, Any]
    items: Sequence[Any] | None
    secrets: tuple[str, ...] = ()


@runtime_checkable
class Formed(Protocol):
    """A kind that describes its jobs. One that does not can be asked for in JSON."""

    def form(self, limits: PlanLimits) -> Form:
        """What may be asked of a job on a server with these limits. Pure; every field that `plan`
        takes of a user is there, with the same limits."""


@runtime_checkable
class Repeatable(Protocol):
    """A kind whose stored jobs can be read back as they were asked for."""

    def asked(self, spec: Mapping[str, Any], items: Sequence[Raw], limits: PlanLimits) -> Asked:
        """What `plan` once made this spec and these items of: planning it again makes the same job,
        where nothing of it is secret. Pure and CPU-bound, as `plan` is."""
