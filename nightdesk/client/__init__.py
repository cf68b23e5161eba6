"""The public Python client: `Client` for ordinary code, `AsyncClient` for Trio.

    from nightdesk import Client

    with Client() as desk:
        job = desk.submit(["https://example.com/"], name="one page")
        for job in desk.watch(job.id):
            print(job.counts.done, "of", job.counts.total)

Both have the same methods and raise the same errors (`nightdesk.client.errors`). The server is
`NIGHTDESK_URL` (else the default of a local install), the desk is `local` unless named, or that of
`NIGHTDESK_TOKEN` where there is one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nightdesk.client.agents import (
    AgentEndpoint,
    Agents,
    AgentTask,
    Bill,
    ComparedCost,
    Costs,
    ModelCost,
    TaskCost,
    TranscriptPage,
)
from nightdesk.client.charts import Series, Timeline
from nightdesk.client.errors import (
    Busy,
    Conflict,
    Invalid,
    NightdeskError,
    NotAllowed,
    NotFound,
    Refused,
    ServerTrouble,
    Unreachable,
)
from nightdesk.client.failures import Cause, Host, HostPace
from nightdesk.client.forms import Asked, Estimate, Expected, Kind
from nightdesk.client.library_models import (
    DataColumn,
    DataSource,
    ImageFile,
    ImageFolder,
    KeptDataSource,
    KeptTemplate,
    Match,
    MatchedField,
    Picture,
    Template,
    TemplateField,
    TemplateLoop,
)
from nightdesk.client.models import (
    Artifact,
    AuditLine,
    AuditPage,
    Change,
    Counts,
    Delta,
    Desk,
    Disk,
    Egress,
    ItemProgress,
    Job,
    Journey,
    Journeys,
    LedgerEntry,
    LedgerPage,
    LogLine,
    LogPage,
    NextPass,
    Outcome,
    Progress,
    Receipt,
    Schedule,
    Snapshot,
    Spend,
    SpendCap,
    StatusChange,
    Tally,
)
from nightdesk.client.settings import NewWebhook, Proxies, Proxy, ProxyCheck, Webhook
from nightdesk.client.shares import NewShare, Share
from nightdesk.client.workshop import (
    Character,
    Extracted,
    KeptCharacter,
    KeptModel,
    KeptPreset,
    Model,
    Preset,
)

if TYPE_CHECKING:
    from nightdesk.client.aio import AsyncClient as AsyncClient
    from nightdesk.client.blocking import Client as Client

__all__ = [
    "AgentEndpoint",
    "AgentTask",
    "Agents",
    "Artifact",
    "Asked",
    "AsyncClient",
    "AuditLine",
    "AuditPage",
    "Bill",
    "Busy",
    "Cause",
    "Change",
    "Character",
    "Client",
    "ComparedCost",
    "Conflict",
    "Costs",
    "Counts",
    "DataColumn",
    "DataSource",
    "Delta",
    "Desk",
    "Disk",
    "Egress",
    "Estimate",
    "Expected",
    "Extracted",
    "Host",
    "HostPace",
    "ImageFile",
    "ImageFolder",
    "Invalid",
    "ItemProgress",
    "Job",
    "Journey",
    "Journeys",
    "KeptCharacter",
    "KeptDataSource",
    "KeptModel",
    "KeptPreset",
    "KeptTemplate",
    "Kind",
    "LedgerEntry",
    "LedgerPage",
    "LogLine",
    "LogPage",
    "Match",
    "MatchedField",
    "Model",
    "ModelCost",
    "NewShare",
    "NewWebhook",
    "NextPass",
    "NightdeskError",
    "NotAllowed",
    "NotFound",
    "Outcome",
    "Picture",
    "Preset",
    "Progress",
    "Proxies",
    "Proxy",
    "ProxyCheck",
    "Receipt",
    "Refused",
    "Schedule",
    "Series",
    "ServerTrouble",
    "Share",
    "Snapshot",
    "Spend",
    "SpendCap",
    "StatusChange",
    "Tally",
    "TaskCost",
    "Template",
    "TemplateField",
    "TemplateLoop",
    "Timeline",
    "TranscriptPage",
    "Unreachable",
    "Webhook",
]

# Looked up when asked for: errors and models alone should not load an HTTP client.
_CLIENTS = {"AsyncClient": "nightdesk.client.aio", "Client": "nightdesk.client.blocking"}


def __getattr__(name: str) -> Any:
    if name in _CLIENTS:
        return getattr(import_module(_CLIENTS[name]), name)
    raise AttributeError(f"module 'nightdesk.client' has no attribute {name!r}")
