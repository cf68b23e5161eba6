"""Reads `mutants.toml`: a mutant is one exact replacement in one file, and who must notice it."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = Path(__file__).with_name("mutants.toml")


class Stale(ValueError):
    """A mutant whose text is not, or not exactly once, in its file: the code has moved on."""


class Mutant(Struct, frozen=True, forbid_unknown_fields=True):
    """`old` occurs exactly once in `file` and becomes `new`; one of its catchers fails.

    `breaks` says in a sentence which promise is gone. `caught_by` are pytest's arguments; `stories`
    are sequences of `torture.powerloss`, which loses the power at each of their steps.
    """

    id: str
    breaks: str
    file: str
    old: str
    new: str
    caught_by: tuple[str, ...] = ()
    stories: tuple[str, ...] = ()

    def applied(self, source: str) -> str:
        """The broken source. Raises Stale."""
        found = source.count(self.old)
        if found != 1:
            raise Stale(f"mutant {self.id}: its text is {found} times in {self.file}, not once")
        return source.replace(self.old, self.new)


class _Catalogue(Struct, frozen=True, forbid_unknown_fields=True):
    mutant: tuple[Mutant, ...]


@cache
def mutants() -> tuple[Mutant, ...]:
    """All of them, in the order of the file."""
    table = tomllib.loads(CATALOGUE.read_text("utf-8"))
    return msgspec.convert(table, _Catalogue).mutant
