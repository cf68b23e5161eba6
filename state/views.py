"""What a store hands out: frozen values, re-exported by `actors.ports` beside the `Store` port.

They live here because the stores build them and `state` imports nothing above itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Set
from typing import NewType

from msgspec import Struct

from state.model import DeskState, InputItem, LogLine, OutcomeRecord, OutcomeStatus, Tally
from state.spending import Spend

# Hex SHA-256 of the session id. The id itself (a capability) is never stored or logged.
DeskKey = NewType("DeskKey", str)

# Hex SHA-256 of the UUID that opens a guest's desk now. The key is that of the first such UUID, and
# stays when another takes its place.
Link = NewType("Link", str)


def link_of(session_id: str) -> Link:
    """What is known of a guest's UUID: whether it opens a desk is for that desk to say."""
    return Link(desk_key(session_id))


def desk_key(session_id: str) -> DeskKey:
    """The name under which a session's desk is kept."""
    return DeskKey(hashlib.sha256(session_id.encode()).hexdigest())


class Usage(Struct, frozen=True):
    """What the files of a desk take up, of how much they may. `full`: jobs wait for room."""

    used_bytes: int = 0
    limit_bytes: int = 0
    full: bool = False


class DeskListed(Struct, frozen=True):
    """A desk's newest file, unopened: when it was written (wall clock), and its size."""

    key: DeskKey
    saved_at: float
    size_bytes: int


class Loaded(Struct, frozen=True):
    """A desk read from disk. `state.restored` is set when the older generation had to be used;
    `saved_at` is when the generation that is used was saved.

    `sweep_error` says why left-over files could not be removed, for the log; the next load tries
    again. `ahead` is for the actor that opens the desk: it has recounted, and the file lags.
    """

    state: DeskState
    saved_at: float
    sweep_error: str | None = None
    ahead: bool = False


class Replay(Struct, frozen=True):
    """What an outcome file held when it was opened for writing.

    `latest` maps item index -> (run, status) of its newest ending; `deaths` counts LOST lines of an
    item since then, `strikes` those since its last SPENT line, too: progress forgives. `tallies` is
    what that ending was tallied with, where it was. `once` are the items whose endings are those of
    a finale, `spends` is what items have spent, ended or not. `bad_lines` were skipped in the
    middle, `cut_bytes` is the torn tail that was removed. `is_bare`: the job had no artifact.
    """

    latest: Mapping[int, tuple[int, OutcomeStatus]]
    strikes: Mapping[int, int]
    bad_lines: int
    cut_bytes: int
    tallies: Mapping[int, Tally] = {}
    once: Set[int] = frozenset()
    spends: Mapping[int, Spend] = {}
    deaths: Mapping[int, int] = {}
    is_bare: bool = False


class OutcomePage(Struct, frozen=True):
    """Newest ending of each item, by index. `total` counts all that match, not only this page;
    `ended` all items with an ending, `items` all there are; `bad_lines` could not be read."""

    total: int
    records: tuple[tuple[OutcomeRecord, InputItem], ...]
    ended: int
    items: int
    bad_lines: int = 0


class LogPage(Struct, frozen=True):
    """Whole log lines from a byte offset; `next` is the offset to ask for next."""

    lines: tuple[LogLine, ...]
    next: int
    size: int


class Artifact(Struct, frozen=True):
    """A file that a job made. `name` is a safe relative name, unique in its job; `crc32` that of
    its bytes, where it is known. `pack` and `offset` are the store's: where it keeps a small one.
    """

    name: str
    size_bytes: int
    modified_at: float
    crc32: int | None = None
    pack: int = 0
    offset: int = 0
