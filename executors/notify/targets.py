"""Targets in Apprise's way of writing them, and which of them can be told from here.

Imports Apprise, which reads the modules of a hundred services: never in the desk process. Used by
`executors.notify.check` and `executors.notify.compose`.
"""

from __future__ import annotations

import logging
import sys
from types import ModuleType

from apprise import Apprise, AppriseAsset, NotifyBase

_PLUGINS = "apprise.plugins."
# A service whose modules name one of these has ways of its own, or is a program beside us.
_OTHER_WAYS = frozenset({"smtplib", "socket", "ssl", "subprocess", "syslog"})


def silence() -> None:
    """What Apprise logs may quote a target, and nobody could tell whose line it is."""
    logger = logging.getLogger("apprise")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False


def opened(target: str) -> NotifyBase:
    """The service behind a target. Raises ValueError, which quotes nothing of it."""
    asset = AppriseAsset(
        app_id="Nightdesk",
        app_desc="Nightdesk",
        async_mode=False,
        storage_mode="memory",
    )
    service = Apprise.instantiate(target, asset=asset)
    if service is None:
        raise ValueError("is no target that Apprise knows, or lacks a part")
    if not _speaks_http(type(service)):
        raise ValueError(
            "is of a service that is not reached by HTTP, the one way out that there is here"
        )
    # Whether and when it is tried again is the outbox's business.
    service.retry = 0
    service.request_rate_per_sec = 0
    return service


def _speaks_http(service: type[NotifyBase]) -> bool:
    """Whether its modules use requests and nothing else that connects. What this overlooks is
    stopped by the jail."""
    named = {module for parent in service.__mro__ for module in _named_by(parent)}
    return "requests" in named and not named & _OTHER_WAYS


def _named_by(service: type) -> set[str]:
    if not service.__module__.startswith(_PLUGINS) or service is NotifyBase:
        return set()
    values = vars(sys.modules[service.__module__]).values()
    return {value.__name__ for value in values if isinstance(value, ModuleType)}
