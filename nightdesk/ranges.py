"""What the numbers of `nightdesk.config` may be, and how an address to serve at is written.

The bounds keep the server sane (a mailbox of none would refuse everything), they are no advice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_KIB = 1024
_GIB = 1024**3
_DAY_S = 86_400.0
_YEAR_H = 8_784.0


class ConfigError(ValueError):
    """A setting is wrong. The message names the flag and is shown as it is."""


RANGES: dict[str, tuple[float, float]] = {
    "port": (0, 65_535),
    "max_body_bytes": (_KIB, _GIB),
    "max_json_depth": (4, 512),
    "max_json_members": (1_000, 10_000_000),
    "max_url_bytes": (64, 64 * _KIB),
    "max_items": (1, 1_000_000),
    "max_journeys": (1, 10_000),
    "max_journey_steps": (1, 1_000),
    "max_jobs": (1, 100_000),
    "max_desk_bytes": (1024 * _KIB, 1_024 * _GIB),
    "max_guest_desk_bytes": (1024 * _KIB, 1_024 * _GIB),
    "max_name_chars": (1, 10_000),
    "max_spec_bytes": (_KIB, 1024 * _KIB),
    "max_concurrency": (1, 100_000),
    "max_page_size": (1, 10_000),
    "max_egress_names": (0, 10_000),
    "max_proxies": (0, 10_000),
    "max_templates": (0, 10_000),
    "max_template_bytes": (_KIB, 64 * 1024 * _KIB),
    "max_data_sources": (0, 10_000),
    "max_pictures": (0, 10_000),
    "max_presets": (0, 10_000),
    "max_characters": (0, 10_000),
    "max_models": (0, 1_000),
    "agent_calls": (1, 10_000),
    "desk_spend_cap_tokens": (0, 10**15),
    "max_head_bytes": (_KIB, 1024 * _KIB),
    "max_header_bytes": (256, 1024 * _KIB),
    "max_headers": (16, 10_000),
    "head_timeout_s": (0.1, 3_600.0),
    "request_timeout_s": (0.1, _DAY_S),
    "long_poll_max_s": (0.0, 3_600.0),
    "max_sockets_per_desk": (1, 100_000),
    "max_socket_message_bytes": (64, 16 * _KIB * _KIB),
    "socket_ping_s": (0.1, 3_600.0),
    "max_sockets": (1, 1_000_000),
    "socket_message_rate_per_s": (0.0, 1_000_000.0),
    "socket_message_burst": (1, 1_000_000),
    "socket_send_timeout_s": (0.1, 3_600.0),
    "min_send_bytes_per_s": (1, _GIB),
    "publish_interval_s": (0.01, 10.0),
    "backlog": (1, 65_535),
    "max_connections": (1, 1_000_000),
    "max_connections_per_client": (1, 1_000_000),
    "desk_rate_per_s": (0.0, 1_000_000.0),
    "desk_burst": (1, 1_000_000),
    "new_desk_rate_per_s": (0.0, 1_000_000.0),
    "new_desk_burst": (1, 1_000_000),
    "miss_rate_per_s": (0.0, 1_000_000.0),
    "miss_burst": (1, 1_000_000),
    "mailbox_size": (1, 100_000),
    "documents_at_once": (1, 1_000),
    "save_every_s": (0.05, 3_600.0),
    "idle_after_s": (0.1, 10 * _DAY_S),
    "retention_h": (0.0, 100 * _YEAR_H),
    "background_retention_h": (0.0, 100 * _YEAR_H),
    "restarts_max": (0, 1_000),
    "restarts_window_s": (0.1, _DAY_S),
    "max_idempotency_keys": (0, 100_000),
    "idempotency_ttl_h": (0.0, _YEAR_H),
    "opening_tokens": (0, 1_000_000_000),
    "max_ledger_entries": (10, 100_000),
    "outcome_buffer_s": (0.0, 5.0),
    "max_log_bytes": (4 * _KIB, _GIB),
    "max_audit_bytes": (16 * _KIB, _GIB),
    "max_artifact_bytes": (_KIB, 1_024 * _GIB),
    "storage_threads": (1, 64),
    "ballast_bytes": (0, _GIB),
    "net_workers": (0, 64),
    "max_outgoing_sockets": (1, 100_000),
    "worker_idle_s": (0.1, 10 * _DAY_S),
    "worker_max_age_s": (1.0, 10 * _DAY_S),
    "worker_max_items": (1, 1_000_000_000),
    "worker_max_memory_bytes": (64 * _KIB * _KIB, 1_024 * _GIB),
    "worker_start_timeout_s": (0.1, 600.0),
    "worker_silence_s": (1.0, 3_600.0),
    "max_response_bytes": (0, _GIB),
    "dns_threads": (1, 256),
    "host_backoff_max_s": (0.0, _DAY_S),
    "browser_pages": (0, 64),
    "browser_recycle_pages": (1, 1_000_000),
    "browser_max_memory_bytes": (256 * _KIB * _KIB, 1_024 * _GIB),
    "page_max_memory_bytes": (64 * _KIB * _KIB, 1_024 * _GIB),
    "browser_hung_s": (1.0, 600.0),
    "office_workers": (0, 256),
    "office_max_memory_bytes": (512 * _KIB * _KIB, 1_024 * _GIB),
    "office_recycle_documents": (1, 1_000_000),
    "extract_processes": (1, 64),
    "extract_s": (0.01, 60.0),
    "extract_max_memory_bytes": (256 * _KIB * _KIB, 1_024 * _GIB),
    "max_extract_bytes": (1, _GIB),
    "cpu_workers": (0, 256),
    "cpu_max_memory_bytes": (256 * _KIB * _KIB, 1_024 * _GIB),
    "cpu_max_file_bytes": (0, 1_024 * _GIB),
    "cpu_item_cpu_s": (1, _DAY_S),
    "cpu_item_s": (0.1, _DAY_S),
    "cpu_lease_items": (1, 1_000),
    "max_unpacked_bytes": (_KIB, 16 * _GIB),
    "max_archive_entries": (1, 1_000_000),
    "max_upload_cells": (1, 1_000_000_000),
    "drain_s": (0.0, 600.0),
    "stop_s": (0.1, 600.0),
}


# The lane that has a setting of its own.
_DOCUMENTS = "documents"
_MAX_LANE_WIDTH = 1_000


@dataclass(frozen=True, slots=True)
class LaneWidths:
    """How many jobs of a lane run at once: `every`, but for those that are `named`."""

    every: int = 1
    named: Mapping[str, int] = field(default_factory=dict)


def parse_lane_widths(texts: Sequence[str]) -> LaneWidths:
    """`NUMBER` or `NAME=NUMBER`, each lane once. Raises ConfigError."""
    widths: dict[str, int] = {}
    for text in texts:
        name, equals, number = text.rpartition("=")
        if equals and not name:
            raise ConfigError(f"--lane-width {text!r} is neither NUMBER nor NAME=NUMBER")
        if name == _DOCUMENTS:
            raise ConfigError(f"--lane-width {text!r}: that lane has --documents-at-once")
        if name in widths:
            raise ConfigError(f"--lane-width {text!r}: that is said twice")
        whole = number.isascii() and number.isdigit()
        if not (whole and 1 <= int(number) <= _MAX_LANE_WIDTH):
            said = f"the width is a number from 1 to {_MAX_LANE_WIDTH}"
            raise ConfigError(f"--lane-width {text!r}: {said}")
        widths[name] = int(number)
    return LaneWidths(widths.pop("", 1), widths)


def parse_bind(text: str) -> tuple[str, int]:
    """`HOST:PORT` or `[V6]:PORT` as (host, port). Raises ConfigError."""
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not colon or not host or (":" in host and not bracketed):
        raise ConfigError(f"--bind {text!r} is not HOST:PORT (an IPv6 address stands in brackets)")
    if not (port.isascii() and port.isdigit() and int(port) <= 65_535):
        raise ConfigError(f"--bind {text!r}: the port is a number from 0 to 65535")
    return (host[1:-1] if bracketed else host), int(port)
