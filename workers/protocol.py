"""What the server and a worker process say to each other: frozen, typed, versioned messages.

The parent (`workers.line`) speaks `ParentMessage`, the worker (`workers.hosted`) answers with
`WorkerMessage`; `workers.frames` puts them on the wire. Items and events travel in batches. A job
is named by `job`, a number that the pool gives it, so that no id of a user is needed here. There is
nothing local in a message (no path, no descriptor): an artifact is bytes, and so is an input.

    parent                              worker
    Settings, once; KnownPace ...   ->
                                    <-  Hello, once (its version is checked first), or Unfit
    Open, AssetPart, Lease          ->
    InputPart, Credit, Answers      ->
                                    <-  Events (endings, losses, found items, progress, log,
                                        broken), ArtifactPart, Ask
                                    <-  KnownPace, ProxyNews, Usage; every few seconds something
    Permit, Recall                  ->
    Watch                           ->
                                    <-  Picture, for as long as somebody watches
    Close                           ->
                                    <-  Closed: the job's items are gone from this worker
    Drain                           ->
                                        (exits)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from actors.ports import (
    ArtifactChunk,
    ItemAnswer,
    ItemAsks,
    ItemDeferred,
    ItemEnded,
    ItemProgress,
    ItemsFound,
    ItemsLost,
    JobBroken,
    LeasedItem,
    WorkerLog,
)
from state.model import NO_LISTS, EgressLists
from workers.jail.settings import JailReport, JailSettings

VERSION = 13
LEASE_BATCH = 64
ARTIFACT_CHUNK_BYTES = 256 * 1024
INPUT_CHUNK_BYTES = 256 * 1024
# How many bytes of artifacts, and of found items, of one job may be on their way before the desk
# took some.
ARTIFACT_CREDIT_BYTES = 4 * ARTIFACT_CHUNK_BYTES
# What it took is told when so much has gathered: what is left then has room for any piece.
CREDIT_TOLD_BYTES = ARTIFACT_CREDIT_BYTES // 2
# Found items travel in batches of at most so many, or so many bytes; one of them has as much.
FOUND_BATCH = 256
FOUND_BYTES = 64 * 1024
# How long a worker shows a job's pages after it was last told that somebody watches.
WATCH_S = 5.0
PICTURE_MAX_BYTES = 300 * 1024
JPEG_MAGIC = b"\xff\xd8\xff"


class ProtocolError(Exception):
    """The other side said something that the protocol does not have; the connection is over."""


# ---------------------------------------------------------------------------- parent -> worker


class Settings(Struct, frozen=True, kw_only=True, tag="settings"):
    """The first message. `tools` is opaque here: each tool of the worker reads its own part. While
    items are at work the worker says something at least every `beat_s`."""

    version: int
    host_backoff_max_s: float
    beat_s: float
    tools: dict[str, Any]
    jail: JailSettings | None = None


class Open(Struct, frozen=True, kw_only=True, tag="open"):
    """Open this job: import `runner` ("package.module:Class") and enter its `open`. What it asks of
    the network keeps to `egress`, its desk's lists. `assets` names the files that all its items
    share; their bytes follow. `run` is which run of the job this is."""

    job: int
    runner: str
    retries: int
    spec: dict[str, Any]
    egress: EgressLists = NO_LISTS
    assets: tuple[str, ...] = ()
    run: int = 0


class Permit(Struct, frozen=True, tag="permit"):
    """The desk of an open job has new lists: from the next request on they hold."""

    job: int
    egress: EgressLists


class Recall(Struct, frozen=True, tag="recall"):
    """Send back what is not begun of the job's items."""

    job: int


class Lease(Struct, frozen=True, tag="lease"):
    """Do these items of an open job, all at once: the parent has counted the slots."""

    job: int
    items: tuple[LeasedItem, ...]


class InputPart(Struct, frozen=True):
    """A piece of the bytes that come with a leased item, in order; a binary frame of its own. The
    item may have ended meanwhile."""

    job: int
    index: int
    data: bytes
    last: bool


class AssetPart(Struct, frozen=True):
    """A piece of a file that all items of a job share, in order; a binary frame of its own. Each
    file goes once to each worker that has the job open."""

    job: int
    name: str
    data: bytes
    last: bool


class Credit(Struct, frozen=True, tag="credit"):
    """The desk took that many bytes of the job's artifacts and found items; as many more may be
    sent."""

    job: int
    size_bytes: int


class Answers(Struct, frozen=True, tag="answers"):
    """What items of the job have asked. Each may have ended meanwhile, or ask something else."""

    job: int
    answers: tuple[ItemAnswer, ...]


class Watch(Struct, frozen=True, tag="watch"):
    """Somebody looks at the job: show its pages for the next `WATCH_S` seconds."""

    job: int


class Close(Struct, frozen=True, tag="close"):
    """Stop what is left of the job's items at once, leave its `open`, answer `Closed`."""

    job: int


class Drain(Struct, frozen=True, tag="drain"):
    """No more leases will come and none is open: leave every job and exit."""


class KnownPace(Struct, frozen=True, tag="pace"):
    """How a host wants to be asked: its interval, and the wait from now to the next request. Told
    by a worker that learned it, and to the worker that comes after. An interval of 0: at will.
    `safe_s` is the interval to come back to soon, where it grew in one trouble; else 0. `asked_s`
    is what the host itself asked for (Retry-After), 0 where it only complained."""

    key: str
    interval_s: float
    wait_s: float
    safe_s: float = 0.0
    asked_s: float = 0.0


ParentWireMessage = (
    Settings | KnownPace | Open | Permit | Recall | Lease | Credit | Answers | Watch | Close | Drain
)
ParentMessage = ParentWireMessage | InputPart | AssetPart


# ---------------------------------------------------------------------------- worker -> parent


class ProxyNews(Struct, frozen=True, tag="proxies"):
    """How proxies have fared since this was told last: (scope, key, how often it worked, how often
    it failed, for how many seconds it is benched). See `actors.ports.proxies`."""

    told: tuple[tuple[str, str, int, int, float], ...]


class Hello(Struct, frozen=True, tag="hello"):
    """The worker is ready, and, where it was to be jailed, what holds it."""

    version: int
    pid: int
    jail: JailReport | None = None


class Unfit(Struct, frozen=True, tag="unfit"):
    """Instead of Hello: the worker cannot be what the settings want. It ends."""

    reason: str


# ItemsLost here: with something of the worker's that died, while the worker lives on.
HostEvent = ItemEnded | ItemDeferred | ItemsLost | ItemsFound | ItemProgress | WorkerLog | JobBroken


class Events(Struct, frozen=True, tag="events"):
    """What happened to items of one job, in order per item."""

    job: int
    events: list[HostEvent]


class ArtifactPart(Struct, frozen=True):
    """A piece of an artifact; on the wire it is a binary frame of its own."""

    job: int
    chunk: ArtifactChunk


class Ask(Struct, frozen=True, tag="ask"):
    """An item of the job waits for an answer. It goes at once, behind the pieces of artifacts that
    the item has handed over before."""

    job: int
    asks: ItemAsks


class Picture(Struct, frozen=True):
    """How an item's page looks now: a JPEG of at most `PICTURE_MAX_BYTES`, a binary frame of its
    own. It is left out where earlier words are still on their way."""

    job: int
    index: int
    data: bytes


class Closed(Struct, frozen=True, tag="closed"):
    """The answer to `Close`; nothing more comes of that job."""

    job: int


class Usage(Struct, frozen=True, tag="usage"):
    """Resident memory of the worker, told every few seconds while it works: also its sign of
    life."""

    memory_bytes: int


WireMessage = Hello | Unfit | Events | Ask | Closed | KnownPace | ProxyNews | Usage
WorkerMessage = WireMessage | ArtifactPart | Picture


def asset_parts(job: int, assets: Mapping[str, bytes]) -> Iterator[AssetPart]:
    """The files of a job in pieces, made as they are asked for."""
    for name, data in assets.items():
        for start in range(0, max(1, len(data)), INPUT_CHUNK_BYTES):
            end = start + INPUT_CHUNK_BYTES
            yield AssetPart(job, name, data[start:end], end >= len(data))


def check_version(said: int) -> None:
    """Raises ProtocolError unless both sides run the same release."""
    if said != VERSION:
        raise ProtocolError(
            f"the worker speaks version {said} of the protocol, the server version {VERSION}: "
            "they are not of the same release; restart the server"
        )
