"""What the actors need from the outside, as protocols: the store, the workers, the executors.

Each port has one conformance suite in `tests/conformance` that all its implementations pass. The
value types that a store returns are defined in `state.views`, since the stores build them.
"""

from actors.ports.executors import (
    Executor,
    ExecutorSpec,
    ItemContext,
    ItemResult,
    ItemRunner,
    Plan,
    PlanLimits,
    Tools,
)
from actors.ports.http import (
    EgressRefused,
    HttpClient,
    HttpConnectError,
    HttpError,
    HttpProtocolError,
    HttpProxyError,
    HttpReply,
    HttpSlot,
    HttpTimeout,
)
from actors.ports.store import (
    ArtifactWriter,
    Inputs,
    OutcomeLog,
    Store,
    StoreReads,
)
from actors.ports.workers import (
    ArtifactChunk,
    Attachment,
    ItemDeferred,
    ItemEnded,
    ItemProgress,
    ItemsLost,
    JobBrief,
    JobBroken,
    LeasedItem,
    WorkerEvent,
    WorkerLog,
    Workers,
)
from state.views import Artifact, DeskKey, Link, Loaded, LogPage, OutcomePage, Replay

__all__ = [
    "Artifact",
    "ArtifactChunk",
    "ArtifactWriter",
    "Attachment",
    "DeskKey",
    "EgressRefused",
    "Executor",
    "ExecutorSpec",
    "HttpClient",
    "HttpConnectError",
    "HttpError",
    "HttpProtocolError",
    "HttpProxyError",
    "HttpReply",
    "HttpSlot",
    "HttpTimeout",
    "Inputs",
    "ItemContext",
    "ItemDeferred",
    "ItemEnded",
    "ItemProgress",
    "ItemResult",
    "ItemRunner",
    "ItemsLost",
    "JobBrief",
    "JobBroken",
    "LeasedItem",
    "Link",
    "Loaded",
    "LogPage",
    "OutcomeLog",
    "OutcomePage",
    "Plan",
    "PlanLimits",
    "Replay",
    "Store",
    "StoreReads",
    "Tools",
    "WorkerEvent",
    "WorkerLog",
    "Workers",
]
